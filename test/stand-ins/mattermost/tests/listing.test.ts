import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalMattermost, startLocalMattermost } from '../index.js';
import { type Answer, awsFunction, manifest, post } from './mattermost-requests.js';

let mattermost: LocalMattermost;

beforeEach(async () => {
  mattermost = await startLocalMattermost();
});

afterEach(() => mattermost.stop());

function list(body: unknown): Promise<Answer> {
  return post(mattermost, 'update-app-listing', body);
}

const aws = (name: string) => ({ functions: [awsFunction(name, '/')] });
const http = (host: string) => ({ root_url: `https://${host}` });

/** What is wrong with a manifest, in the plugin's words. */
const refused: [name: string, body: unknown, ...problems: string[]][] = [
  ['no app_id', manifest({ app_id: undefined }), 'appID  too short, should be 3 bytes'],
  ['a short app_id', manifest({ app_id: 'ab' }), 'appID ab too short, should be 3 bytes'],
  [
    'a long app_id',
    manifest({ app_id: 'a'.repeat(33) }),
    `appID ${'a'.repeat(33)} too long, should be 32 bytes`,
  ],
  ['an app_id with a slash', manifest({ app_id: 'a/b' }), `invalid character '/' in appID "a/b"`],
  [
    'a long version',
    manifest({ version: 'v10.100.100' }),
    'version v10.100.100 too long, should be in v00_00_000 format',
  ],
  ['a version with a space', manifest({ version: 'v 1' }), "invalid character ' ' in appVersion"],
  ['no display name', manifest({ display_name: '' }), 'display_name is empty'],
  [
    'no home page',
    manifest({ homepage_url: null }),
    'homepage_url is empty',
    'homepage_url "" invalid: parse "": empty url',
  ],
  [
    'a home page by FTP',
    manifest({ homepage_url: 'ftp://example.com' }),
    'homepage_url "ftp://example.com" invalid: URL schema must either be "http" or "https"',
  ],
  [
    'a home page without a host',
    manifest({ homepage_url: 'https:///x' }),
    'homepage_url "https:///x" invalid: URL must contain a host',
  ],
  ['an icon outside static/', manifest({ icon: 'x/../../icon.png' }), 'bad path: "x/../../icon.png"'],
  [
    'a permission without the one it needs',
    manifest({ requested_permissions: ['remote_oauth2'] }),
    'remote_oauth2 requires act_as_user',
  ],
  [
    'no deploy type',
    manifest({ aws_lambda: undefined }),
    'manifest has no deployment information (http, aws_lambda, open_faas, etc.)',
  ],
  [
    'no function',
    manifest({ aws_lambda: { functions: [] } }),
    'must provide at least 1 function in aws_lambda.Functions',
  ],
  [
    'no functions at all',
    manifest({ aws_lambda: {} }),
    'must provide at least 1 function in aws_lambda.Functions',
  ],
  ['an HTTP app without a URL', manifest({ http: {} }), 'root_url must be set for HTTP apps'],
  ['a plugin app without its id', manifest({ plugin: {} }), 'plugin_id must be set for plugin apps'],
];

const unreadable: [name: string, body: unknown, message: string][] = [
  ['nothing', '', 'EOF'],
  ['no JSON', 'hello', "invalid character 'h' looking for beginning of value"],
  ['JSON that ends too early', '{', 'unexpected EOF'],
  ['a list', '[]', 'json: cannot unmarshal array into Go value of type appclient.UpdateAppListingRequest'],
  [
    'the old form of aws_lambda',
    manifest({ aws_lambda: [awsFunction('hello', '/')] }),
    'json: cannot unmarshal array into Go struct field UpdateAppListingRequest.aws_lambda of type apps.AWSLambda',
  ],
  [
    'a version that is not a string',
    manifest({ version: 1 }),
    'json: cannot unmarshal number into Go struct field UpdateAppListingRequest.version of type apps.AppVersion',
  ],
];

describe('update-app-listing', () => {
  it.each(refused)('refuses %s', async (_name, body, ...problems) => {
    const answer = await list(body);

    const count = problems.length === 1 ? '1 error' : `${problems.length} errors`;
    const lines = problems.map((problem) => `\n\t* ${problem}: invalid input`);
    expect(answer).toEqual({
      status: 400,
      contentType: 'text/plain; charset=utf-8',
      text: `${count} occurred:${lines.join('')}\n\n: invalid input`,
    });
    expect(mattermost.listed.size).toBe(0);
  });

  it.each(['path', 'name', 'handler', 'runtime'])('refuses a function without %s', async (field) => {
    const functions = [{ ...awsFunction('hello', '/'), [field]: undefined }];

    const { text } = await list(manifest({ aws_lambda: { functions } }));

    const name = field === 'name' ? '' : 'hello';
    expect(text).toContain(
      `\n\t* "${name}" is not valid: 1 error occurred:\n\t* aws_lambda ${field} must not be empty: invalid input\n\n`,
    );
  });

  it('reports everything that is wrong', async () => {
    const { text } = await list(manifest({ app_id: 'a/b', display_name: '', icon: '../x', open_faas: {} }));

    expect(text).toMatch(/^4 errors occurred:(\n\t\* .*: invalid input){4}\n\n: invalid input$/);
  });

  it.each(unreadable)('refuses %s', async (_name, body, message) => {
    expect(await list(body)).toMatchObject({ status: 400, text: `${message}: invalid input` });
  });

  it.each([
    ['an empty version', { version: '' }],
    ['an app_id of 32 bytes', { app_id: 'a'.repeat(32) }],
    ['an icon in this folder', { icon: './icon.png' }],
    ['a home page with a port and a query', { homepage_url: 'HTTPS://a_b.example:8443?q=%zz' }],
    ['an icon in a folder', { icon: 'images/hello icon.png' }],
    ['a permission it does not know', { requested_permissions: ['fly'] }],
    ['a body of over 1 MiB', { description: 'x'.repeat(1024 * 1024) }],
  ])('takes %s', async (_name, changes) => {
    expect((await list(manifest(changes))).status).toBe(200);
  });

  it('returns the manifest, known fields only, and stores it with its own version', async () => {
    const answer = await list(
      manifest({
        add_deploys: ['aws_lambda'],
        Replace: false,
        on_install: '/install',
        bindings: null,
        unknown: 1,
      }),
    );

    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toEqual(manifest({ on_install: { path: '/install' } }));
    expect(mattermost.listed.get('com.example.hello')).toEqual({
      SchemaVersion: '1.2.2',
      ...JSON.parse(answer.text),
    });
  });

  it('preserves the order of the fields, and omits empty ones', async () => {
    const { aws_lambda, ...rest } = manifest({
      version: '',
      description: '',
      SchemaVersion: 'v1.2.0',
      icon: 'i.png',
    });

    const answer = await list({ aws_lambda, ...rest, Replace: true });

    expect(Object.keys(JSON.parse(answer.text))).toEqual([
      'SchemaVersion',
      'app_id',
      'homepage_url',
      'display_name',
      'icon',
      'aws_lambda',
    ]);
  });

  it.each([
    [
      'a new type that is added',
      undefined,
      { aws_lambda: aws('new'), add_deploys: ['aws_lambda'] },
      { aws_lambda: aws('new') },
    ],
    ['a new type that is not added', undefined, { aws_lambda: aws('new') }, {}],
    [
      'a type that was listed',
      { aws_lambda: aws('old') },
      { aws_lambda: aws('new') },
      { aws_lambda: aws('new') },
    ],
    [
      'another type than the listed one, added',
      { http: http('old.example.com') },
      { aws_lambda: aws('new'), add_deploys: ['aws_lambda'] },
      { http: http('old.example.com'), aws_lambda: aws('new') },
    ],
    [
      'another type than the listed one, not added',
      { http: http('old.example.com') },
      { aws_lambda: aws('new') },
      { http: http('old.example.com') },
    ],
    [
      'two types of which one was listed',
      { http: http('old.example.com') },
      { http: http('new.example.com'), aws_lambda: aws('new') },
      { http: http('new.example.com') },
    ],
    [
      'a listed type that is removed',
      { http: http('old.example.com'), aws_lambda: aws('old') },
      { aws_lambda: aws('new'), remove_deploys: ['http'] },
      { aws_lambda: aws('new') },
    ],
    [
      'a replacement',
      { http: http('old.example.com') },
      { aws_lambda: aws('new'), Replace: true },
      { aws_lambda: aws('new') },
    ],
  ])('merges deploy types: %s', async (_name, listed, request, expected) => {
    if (listed !== undefined) {
      await list(manifest({ version: 'v0.9.0', aws_lambda: undefined, ...listed, Replace: true }));
    }

    const answer = await list(manifest({ Replace: false, ...request }));

    expect(JSON.parse(answer.text)).toEqual(manifest({ aws_lambda: undefined, ...expected }));
  });
});
