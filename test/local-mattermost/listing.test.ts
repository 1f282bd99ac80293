import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalMattermost, startLocalMattermost } from '../support/local-mattermost/index.js';
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

const refused: [name: string, body: unknown, message: string][] = [
  ['no JSON', '{', 'failed to unmarshal input'],
  ['a list', '[]', 'failed to unmarshal input'],
  ['over 1 MiB', manifest({ description: 'x'.repeat(1024 * 1024) }), 'request body too large'],
  [
    'the old form of aws_lambda',
    manifest({ aws_lambda: [awsFunction('hello', '/')] }),
    'aws_lambda is not an object',
  ],
  ['a version that is no text', manifest({ version: 1 }), 'version is not a string'],
  ['no app_id', manifest({ app_id: undefined }), 'app_id "" has 0 bytes'],
  ['a short app_id', manifest({ app_id: 'ab' }), 'app_id "ab" has 2 bytes'],
  ['a long app_id', manifest({ app_id: 'a'.repeat(33) }), 'has 33 bytes'],
  ['an app_id with a slash', manifest({ app_id: 'a/b' }), 'invalid character in app_id "a/b"'],
  ['a long version', manifest({ version: 'v10.100.100' }), 'version "v10.100.100" is too long'],
  ['a version with a space', manifest({ version: 'v 1' }), 'invalid character in version "v 1"'],
  ['no display name', manifest({ display_name: '' }), 'display_name is empty'],
  ['no home page', manifest({ homepage_url: null }), 'homepage_url is empty'],
  [
    'a home page by FTP',
    manifest({ homepage_url: 'ftp://example.com' }),
    'homepage_url invalid: "ftp://example.com"',
  ],
  [
    'a home page without a host',
    manifest({ homepage_url: 'https:///x' }),
    'homepage_url invalid: "https:///x"',
  ],
  ['an icon outside static/', manifest({ icon: 'x/../../icon.png' }), 'invalid icon path'],
  [
    'a permission without the one it needs',
    manifest({ requested_permissions: ['remote_oauth2'] }),
    'remote_oauth2 requires act_as_user',
  ],
  ['no deploy type', manifest({ aws_lambda: undefined }), 'manifest has no deployment information'],
  [
    'no function',
    manifest({ aws_lambda: { functions: [] } }),
    'must provide at least 1 function in aws_lambda',
  ],
  ['no functions at all', manifest({ aws_lambda: {} }), 'must provide at least 1 function in aws_lambda'],
  ...['path', 'name', 'handler', 'runtime'].map((field): [string, unknown, string] => [
    `a function without ${field}`,
    manifest({ aws_lambda: { functions: [{ ...awsFunction('hello', '/'), [field]: undefined }] } }),
    `every function must have ${field}`,
  ]),
  ['an HTTP app without a URL', manifest({ http: {} }), 'http.root_url is empty'],
  [
    'an OpenFaaS function without a name',
    manifest({ open_faas: { functions: [{ path: '/' }] } }),
    'every function must have name',
  ],
  ['a plugin app without its id', manifest({ plugin: {} }), 'plugin_id must be set'],
];

describe('update-app-listing', () => {
  it.each(refused)('refuses %s', async (_name, body, message) => {
    const answer = await list(body);

    expect(answer).toMatchObject({ status: 400, contentType: 'text/plain; charset=utf-8' });
    expect(answer.text).toContain(message);
    expect(answer.text).toMatch(/: invalid input$/);
    expect(mattermost.listed.size).toBe(0);
  });

  it.each([
    ['an empty version', { version: '' }],
    ['an app_id of 32 bytes', { app_id: 'a'.repeat(32) }],
    ['an icon in this folder', { icon: './icon.png' }],
    ['a home page with a port and a query', { homepage_url: 'HTTPS://a_b.example:8443?q=%zz' }],
    ['an icon in a folder', { icon: 'images/hello icon.png' }],
    ['a permission it does not know', { requested_permissions: ['fly'] }],
  ])('takes %s', async (_name, changes) => {
    expect((await list(manifest(changes))).status).toBe(200);
  });

  it('answers and stores the manifest, known fields only', async () => {
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
    expect(mattermost.listed.get('com.example.hello')).toEqual(JSON.parse(answer.text));
  });

  it('keeps the order of the fields, and leaves out what is empty', async () => {
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
