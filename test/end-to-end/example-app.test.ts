import { readFile } from 'node:fs/promises';
import { crc32, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

interface LambdaResponse {
  statusCode: number;
  headers: Record<string, string>;
  isBase64Encoded: boolean;
  body: string;
}

const folder = new URL('../../examples/hello-serverless/', import.meta.url);

async function invoke(path: string, body: string | null | undefined = '{}'): Promise<LambdaResponse> {
  const source: { handler(event: unknown): Promise<LambdaResponse> } = await import(
    new URL('hello-serverless/index.js', folder).href
  );
  return source.handler({ path, httpMethod: 'POST', headers: { 'Content-Type': 'application/json' }, body });
}

function sending(message: unknown): string {
  return JSON.stringify({ path: '/send', values: { message }, context: {} });
}

const required = {
  type: 'error',
  text: 'a message is required',
  data: { errors: { message: 'a message is required' } },
};
const tooLong = 'a message has at most 1000 characters';
const notACall = { type: 'error', text: 'the body is not a call request in JSON' };
const said = (text: string) => ({ type: 'ok', text });

const responses: [
  name: string,
  path: string,
  body: string | null | undefined,
  status: number,
  response: unknown,
][] = [
  ['ping', '/ping', '{"path":"/ping"}', 200, { type: 'ok', text: 'PONG' }],
  ['ping without a body', '/ping', null, 200, { type: 'ok', text: 'PONG' }],
  ['ping with an empty body', '/ping', '', 200, { type: 'ok', text: 'PONG' }],
  ['send', '/send', sending('hello there'), 200, said('You said:\n```\nhello there\n```')],
  ['send below its path', '/send/submit', sending('hello'), 200, said('You said:\n```\nhello\n```')],
  ['send with a final slash', '/send/', sending('hello'), 200, said('You said:\n```\nhello\n```')],
  ['two lines', '/send', sending('a\nb'), 200, said('You said:\n```\na\nb\n```')],
  ['markup and mentions', '/send', sending('@all **x**'), 200, said('You said:\n```\n@all **x**\n```')],
  ['a fence', '/send', sending('```\nout'), 200, said('You said:\n````\n```\nout\n````')],
  ['two fences', '/send', sending('`````a````'), 200, said('You said:\n``````\n`````a````\n``````')],
  [
    'the longest message',
    '/send',
    sending('x'.repeat(1000)),
    200,
    said(`You said:\n\`\`\`\n${'x'.repeat(1000)}\n\`\`\``),
  ],
  [
    'a longer one',
    '/send',
    sending('x'.repeat(1001)),
    200,
    { type: 'error', text: tooLong, data: { errors: { message: tooLong } } },
  ],
  ['no values', '/send', '{"path":"/send"}', 200, required],
  ['values of null', '/send', '{"values":null}', 200, required],
  ['a blank message', '/send', sending(' \n'), 200, required],
  ['a message that is not a string', '/send', sending({ label: 'x', value: 'x' }), 200, required],
  [
    'an unknown path',
    '/nothing',
    '{}',
    404,
    { type: 'error', text: 'there is no call /nothing in this app' },
  ],
  [
    'a path that only has the same prefix',
    '/pingpong',
    '{}',
    404,
    { type: 'error', text: 'there is no call /pingpong in this app' },
  ],
  [
    'the name of an object property',
    '/constructor',
    '{}',
    404,
    { type: 'error', text: 'there is no call /constructor in this app' },
  ],
  ['the root', '/', '{}', 404, { type: 'error', text: 'there is no call / in this app' }],
  ['no path', '', '{}', 404, { type: 'error', text: 'there is no call (empty path) in this app' }],
  [
    'an unknown path and an invalid body',
    '/nothing',
    '{',
    404,
    { type: 'error', text: 'there is no call /nothing in this app' },
  ],
  ['an invalid body', '/ping', '{', 400, notACall],
  ['a body that is a list', '/send', '[]', 400, notACall],
  ['a body of null', '/send', 'null', 400, notACall],
  ['a body that is a string', '/bindings', '"x"', 400, notACall],
];

describe('the function of hello-serverless', () => {
  it.each(responses)('responds to %s', async (_name, path, body, status, expected) => {
    const response = await invoke(path, body);

    expect(response).toMatchObject({
      statusCode: status,
      headers: { 'Content-Type': 'application/json' },
      isBase64Encoded: false,
    });
    expect(JSON.parse(response.body)).toEqual(expected);
  });

  it('responds to /ping with the bytes that `aws test lambda` expects', async () => {
    expect((await invoke('/ping')).body).toBe('{"type":"ok","text":"PONG"}');
  });

  it('explains how to use it when it is installed', async () => {
    const response = JSON.parse((await invoke('/install')).body);

    expect(response.type).toBe('ok');
    expect(response.text).toContain('/hello-serverless send');
  });

  it('returns a form that submits to /send for /send-form', async () => {
    const response = JSON.parse((await invoke('/send-form')).body);

    expect(response).toMatchObject({ type: 'form', form: { submit: { path: '/send' } } });
    expect(response.form.fields).toEqual([expect.objectContaining({ name: 'message', type: 'text' })]);
  });

  it('binds a command with the form in it, and a button that fetches the form', async () => {
    const response = JSON.parse((await invoke('/bindings')).body);
    const form = JSON.parse((await invoke('/send-form')).body).form;
    const [command, channelHeader] = response.data;

    expect(response.type).toBe('ok');
    expect(response.data).toHaveLength(2);
    expect(command.location).toBe('/command');
    expect(command.bindings[0]).toMatchObject({
      label: 'hello-serverless',
      bindings: [{ label: 'send', form }],
    });
    expect(channelHeader.location).toBe('/channel_header');
    expect(channelHeader.bindings).toEqual([
      expect.objectContaining({ icon: 'icon.png', form: { source: { path: '/send-form' } } }),
    ]);
  });

  it('binds only at the locations that the manifest requests, and every icon is an asset', async () => {
    const manifest = JSON.parse(await readFile(new URL('manifest.json', folder), 'utf8'));
    const { body } = await invoke('/bindings');
    const locations = JSON.parse(body).data.map((binding: { location: string }) => binding.location);

    expect(locations.sort()).toEqual(manifest.requested_locations.toSorted());
    expect(new Set(body.match(/"icon":"[^"]*"/g))).toEqual(new Set([`"icon":"${manifest.icon}"`]));
  });
});

describe('the folder of hello-serverless', () => {
  it('has the manifest that `aws test` expects', async () => {
    expect(JSON.parse(await readFile(new URL('manifest.json', folder), 'utf8'))).toMatchObject({
      app_id: 'hello-serverless',
      version: 'v1.2.0',
      display_name: 'Hello, Serverless!',
      requested_permissions: ['act_as_bot'],
      aws_lambda: {
        functions: [{ path: '/', name: 'hello-serverless', handler: 'index.handler', runtime: 'nodejs22.x' }],
      },
    });
  });

  it('has an asset of exactly the eleven bytes that `aws test s3` expects', async () => {
    expect(await readFile(new URL('static/test.txt', folder))).toEqual(Buffer.from('static pong'));
  });

  it('has an icon that is a valid PNG of 64 by 64 pixels', async () => {
    const png = await readFile(new URL('static/icon.png', folder));
    const chunks = new Map<string, Buffer>();

    expect(png.subarray(0, 8)).toEqual(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
    for (let start = 8; start < png.length; ) {
      const length = png.readUInt32BE(start);
      const checked = png.subarray(start + 4, start + 8 + length);
      expect(png.readUInt32BE(start + 8 + length)).toBe(crc32(checked));
      chunks.set(checked.toString('latin1', 0, 4), checked.subarray(4));
      start += 12 + length;
    }

    expect([...chunks.keys()]).toEqual(['IHDR', 'IDAT', 'IEND']);
    expect(chunks.get('IHDR')?.readUInt32BE(0)).toBe(64);
    expect(chunks.get('IHDR')?.readUInt32BE(4)).toBe(64);
    expect(inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0))).toHaveLength(64 * (1 + 64 * 4));
  });
});
