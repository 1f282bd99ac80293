import { describe, expect, test } from 'vitest';
import { type Finding, Findings } from '../../../../src/core/diagnostics/findings.js';
import { encodeManifest } from '../../../../src/core/manifest/encode.js';
import { parseManifest } from '../../../../src/core/manifest/parse.js';
import { manifest } from '../../../support/bundle.js';

/** The rules, locations and messages of all errors in a manifest. */
function findErrors(content: unknown): string[] {
  const findings = new Findings();
  parseManifest(Buffer.from(JSON.stringify(content)), findings);
  return findings.errors.map(describeError);
}

function describeError({ rule, location, message }: Finding): string {
  return `${rule} ${location}: ${message}`;
}

/** The manifest as it is stored. */
function normalized(content: unknown): string {
  const findings = new Findings();
  const parsed = parseManifest(Buffer.from(JSON.stringify(content)), findings);
  expect(findings.errors).toEqual([]);
  if (parsed === undefined) throw new Error('no manifest');
  return Buffer.from(encodeManifest(parsed)).toString();
}

describe('a manifest', () => {
  test('is stored with only the known fields, in order, without empty ones', () => {
    const content = {
      plugin: { plugin_id: 'p', extra: 1 },
      open_faas: { functions: [{ name: 'n', path: '/' }] },
      http: { use_jwt: true, root_url: 'http://h' },
      aws_lambda: { functions: [{ runtime: 'r', handler: 'h', name: 'n', path: '/', extra: 1 }] },
      requested_locations: ['/command'],
      remote_webhook_auth_type: 'jwt',
      requested_permissions: [],
      on_remote_webhook: '/hook',
      on_install: {
        state: { b: [1, { d: 1, c: 2 }], a: null },
        expand: { user: 'all', app: 'id', bogus: 'x' },
        path: '/i',
      },
      bindings: { expand: {} },
      icon: 'i.png',
      description: '<b>',
      display_name: 'D',
      homepage_url: 'http://h',
      version: '',
      app_id: 'abc',
      SCHEMAVERSION: 'v1',
    };
    expect(normalized(content)).toBe(
      '{"SchemaVersion":"v1","app_id":"abc","homepage_url":"http://h","display_name":"D","description":"\\u003cb\\u003e","icon":"i.png",' +
        '"bindings":{"expand":{}},"on_install":{"path":"/i","expand":{"app":"id","user":"all"},"state":{"a":null,"b":[1,{"c":2,"d":1}]}},' +
        '"on_remote_webhook":{"path":"/hook"},"remote_webhook_auth_type":"jwt","requested_locations":["/command"],' +
        '"aws_lambda":{"functions":[{"path":"/","name":"n","handler":"h","runtime":"r"}]},"http":{"root_url":"http://h","use_jwt":true},' +
        '"open_faas":{"functions":[{"path":"/","name":"n"}]},"plugin":{"plugin_id":"p"}}',
    );
  });

  test.each([false, 0, '', [], {}])('keeps a state of %j', (state) => {
    expect(normalized(manifest({ bindings: { path: '/b', state } }))).toContain(
      `"bindings":{"path":"/b","state":${JSON.stringify(state)}}`,
    );
  });

  test.each<[string, unknown, string[]]>([
    ['app_id', 'ab', ['manifest/app-id app_id: "ab" has 2 bytes']],
    ['app_id', 'a'.repeat(33), [`manifest/app-id app_id: "${'a'.repeat(33)}" has 33 bytes`]],
    ['app_id', 'a/b', ['manifest/app-id app_id: must not contain "/"']],
    ['app_id', undefined, ['manifest/app-id app_id: is missing']],
    ['app_id', 7, ['manifest/type app_id: must be a string, not a number']],
    ['app_id', 'äbc', []],
    ['version', 'v00.00.0000', ['manifest/version version: "v00.00.0000" has 11 bytes']],
    ['version', '1 0', ['manifest/version version: must not contain " "']],
    ['version', null, []],
    ['display_name', '', ['manifest/required display_name: is missing']],
    ['homepage_url', undefined, ['manifest/url homepage_url: is missing']],
    [
      'requested_permissions',
      ['remote_webhooks'],
      ['manifest/permission requested_permissions: remote_webhooks requires act_as_bot'],
    ],
    [
      'requested_permissions',
      ['remote_oauth2', 'act_as_bot'],
      ['manifest/permission requested_permissions: remote_oauth2 requires act_as_user'],
    ],
    [
      'requested_permissions',
      ['user_joined_channel_notification'],
      ['manifest/permission requested_permissions: user_joined_channel_notification requires act_as_bot'],
    ],
    ['requested_permissions', ['bogus', null], []],
    [
      'requested_permissions',
      [1],
      ['manifest/type requested_permissions[0]: must be a string, not a number'],
    ],
    [
      'requested_permissions',
      'act_as_bot',
      ['manifest/type requested_permissions: must be a list, not a string'],
    ],
    ['aws_lambda', [], ['manifest/type aws_lambda: must be an object, not a list']],
    ['aws_lambda', { functions: [] }, ['manifest/function-count aws_lambda.functions: is empty']],
    [
      'aws_lambda',
      { functions: [{ path: '/', name: 'n', handler: 'h' }] },
      ['manifest/required aws_lambda.functions[0].runtime: is missing'],
    ],
    [
      'aws_lambda',
      { functions: [null] },
      ['path', 'name', 'handler', 'runtime'].map(
        (field) => `manifest/required aws_lambda.functions[0].${field}: is missing`,
      ),
    ],
    [
      'aws_lambda',
      { functions: ['x'] },
      ['manifest/type aws_lambda.functions[0]: must be an object, not a string'],
    ],
    ['http', { root_url: '' }, ['manifest/url http.root_url: is missing']],
    [
      'http',
      { root_url: 'http://x', use_jwt: 'yes' },
      ['manifest/type http.use_jwt: must be true or false, not a string'],
    ],
    ['open_faas', {}, ['manifest/function-count open_faas.functions: is empty']],
    [
      'open_faas',
      { functions: [{ name: 'n' }] },
      ['manifest/required open_faas.functions[0].path: is missing'],
    ],
    ['plugin', {}, ['manifest/required plugin.plugin_id: is missing']],
    ['bindings', 3, ['manifest/type bindings: must be a call object or a path, not a number']],
    [
      'bindings',
      { expand: { app: 1 } },
      ['manifest/type bindings.expand.app: must be a string, not a number'],
    ],
    ['on_install', { expand: 'all' }, ['manifest/type on_install.expand: must be an object, not a string']],
  ])('with %s = %j', (field, value, errors) => {
    expect(findErrors(manifest({ [field]: value }))).toEqual(errors);
  });

  test('must say how the app is deployed', () => {
    expect(findErrors(manifest({ aws_lambda: undefined }))).toEqual([
      'manifest/deploy-type manifest.json: does not say how the app is deployed',
    ]);
  });

  test('has all its problems reported together', () => {
    expect(
      findErrors({
        ...manifest(),
        app_id: 'x!',
        version: '1!',
        display_name: '',
        homepage_url: 'zz',
        icon: '../x',
        plugin: {},
      }),
    ).toHaveLength(7);
  });

  test('finds keys that Unicode folds onto a field', () => {
    const { requested_locations: _, ...rest } = manifest({ 'reque\u017fted_locations': ['/command'] });
    expect(normalized(rest)).toContain('"requested_locations":["/command"]');
  });
});

describe('a URL is valid if Go accepts it', () => {
  test.each([
    'http://h',
    'HTTPS://H',
    'http://h:1',
    'http://h:',
    'http://:80',
    'http://h/a b',
    'http://h/%41',
    'http://h?q=%zz',
    'http://h?a?b',
    'http://[::1]',
    'http://[::1]:80/',
    'http://[fe80::1%25en0]',
    'http://u:p@h',
    'http://%c3%a9',
    'http://é',
    'http://a_b',
    'http://h/"<>',
    'http://h:99999',
    'http://h/#f',
    "http://h!$&'()*+,;=",
    'http://h?#',
    'http://a:b:80',
  ])('%s', (url) => expect(findErrors(manifest({ homepage_url: url }))).toEqual([]));

  test.each([
    'http:',
    'http:/',
    'http://',
    'http:///p',
    'http:h',
    '//h',
    '/p',
    'h',
    '*',
    ':x',
    '1http://h',
    'ftp://h',
    'javascript:alert(1)',
    'http://h:port',
    'http://h:-1',
    'http://h h',
    'http://h\\x',
    'http://h|x',
    'http://h#f',
    'http://%41',
    'http://%zz',
    'http://h/%z',
    'http://h/%4',
    'http://[::1',
    'http://[::1]x',
    'http://[fe80::1%en0]',
    'http://u p@h',
    'http://u%zz@h',
    'http://u@',
    'http://h/\t',
    'http://h\x7f',
  ])('not %j', (url) => {
    expect(findErrors(manifest({ homepage_url: url }))).toEqual([expect.stringMatching('manifest/url')]);
  });
});

test('a number that is too large for a double is refused in a state, which is stored, and nowhere else', () => {
  const errors = (text: string): string[] => {
    const findings = new Findings();
    const content = JSON.stringify(manifest({ bindings: { path: '/b', state: 'HERE' }, other: 'THERE' }));
    parseManifest(
      Buffer.from(content.replace('"HERE"', text).replace('"THERE"', '[1e999, {"a": -1e999}]')),
      findings,
    );
    return findings.errors.map(describeError);
  };
  expect(errors('1e308')).toEqual([]);
  expect(errors('1e309')).toEqual([
    'manifest/type bindings.state: contains a number that is too large for a double',
  ]);
  expect(errors(`${'['.repeat(9000)}{"a":-1e309}${']'.repeat(9000)}`)).toEqual(errors('1e309'));
});

test('functions have a limit, and are not checked beyond it', () => {
  const functions = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      path: '/',
      name: `f${index}`,
      handler: 'h',
      runtime: 'r',
    }));
  expect(findErrors(manifest({ aws_lambda: { functions: functions(1000) } }))).toEqual([]);
  const tooMany = functions(1001).map(() => ({}));
  expect(
    findErrors(manifest({ aws_lambda: { functions: tooMany }, open_faas: { functions: tooMany } })),
  ).toEqual([
    'manifest/function-count aws_lambda.functions: has 1001 functions, over the limit of 1000',
    'manifest/function-count open_faas.functions: has 1001 functions, over the limit of 1000',
  ]);
});

test('a long icon with many levels of escapes is refused without decoding it', () => {
  expect(findErrors(manifest({ icon: `%${'25'.repeat(300_000)}` }))).toEqual([
    'manifest/icon icon: has 600001 bytes, over the limit of 1024',
  ]);
  expect(findErrors(manifest({ icon: 'a'.repeat(1024) }))).toEqual([]);
});

describe('an icon is a path below static/', () => {
  test.each([
    'icon.png',
    './icon.png',
    'a/b/../c.png',
    'a b.png',
    'a//b',
    '/icon.png',
    '/..',
    '..',
    'http://h/icon.png',
    'icon.png?q#f',
    '%41.png',
    'é.png',
  ])('%s', (icon) => expect(findErrors(manifest({ icon }))).toEqual([]));
  test.each([
    '../icon.png',
    'a/../../b',
    '%2e%2e/x',
    '%252e%252e/x',
    'a/..',
    '.',
    '?q',
    '#f',
    'a%zz',
    'a:b',
    ':x',
    '%25zz',
    'x%2f..%2f..%2fy',
  ])('not %s', (icon) => {
    expect(findErrors(manifest({ icon }))).toEqual([expect.stringMatching('manifest/icon')]);
  });
});
