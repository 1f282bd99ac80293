import { describe, expect, test } from 'vitest';
import { Findings } from '../../../../src/core/diagnostics/findings.js';
import { ManifestSource } from '../../../../src/core/manifest/manifest-source.js';
import { adviseOnManifest, parseManifest } from '../../../../src/core/manifest/parse.js';
import { manifest } from '../../../support/bundle.js';

/** What is advised about a valid manifest with changes: rule, location, and the text up to the fix in parentheses. */
function advise(changes: Readonly<Record<string, unknown>>, isValid = true): string[] {
  const findings = new Findings();
  const source = new ManifestSource();
  const parsed = parseManifest(Buffer.from(JSON.stringify(manifest(changes))), findings, source);
  if (parsed === undefined) throw new Error('not a manifest');
  if (isValid) expect(findings.all).toEqual([]);
  return adviseOnManifest(parsed, source).map(({ rule, severity, location, message, fix }) => {
    expect(severity).toBe('warning');
    return `${rule} ${location}: ${message} (${fix})`;
  });
}

const IGNORED = 'is not a field of the manifest, and is ignored';
const EVERY_PERMISSION =
  'act_as_bot, act_as_user, remote_oauth2, remote_webhooks, user_joined_channel_notification';
const EVERY_LOCATION = '/post_menu, /channel_header, /command, /in_post';

describe('names in a manifest', () => {
  test.each<[string, Readonly<Record<string, unknown>>, string[]]>([
    ['$schema', { $schema: 'https://example.com/manifest.json' }, []],
    ['a key in another case', { On_Install: '/install' }, []],
    ['anything in a state', { bindings: { path: '/b', state: { colour: 1 } } }, []],
    [
      'an unknown key',
      { on_instal: '/install' },
      [`manifest/unknown-field on_instal: ${IGNORED} (did you mean "on_install"?)`],
    ],
    ['a key like no other', { assets: [] }, [`manifest/unknown-field assets: ${IGNORED} (remove it)`]],
    [
      'unknown keys at all levels',
      {
        bindings: { path: '/b', $schema: 'x', expand: { chanel: 'all' } },
        http: { root_url: 'https://x', use_jtw: true },
        aws_lambda: {
          functions: [{ path: '/', name: 'go', handler: 'index.handler', runtime: 'nodejs22.x', memory: 1 }],
          function: [],
        },
      },
      [
        `manifest/unknown-field aws_lambda.function: ${IGNORED} (did you mean "functions"?)`,
        `manifest/unknown-field http.use_jtw: ${IGNORED} (did you mean "use_jwt"?)`,
        `manifest/unknown-field bindings.$schema: ${IGNORED} (remove it)`,
        `manifest/unknown-field bindings.expand.chanel: ${IGNORED} (did you mean "channel"?)`,
        `manifest/unknown-field aws_lambda.functions[0].memory: ${IGNORED} (remove it)`,
      ],
    ],
    [
      'permissions',
      { requested_permissions: ['act_as_bot', 'act_as_bott', 'fly'] },
      [
        'manifest/unknown-permission requested_permissions[1]: unknown permission "act_as_bott" (did you mean "act_as_bot"?)',
        `manifest/unknown-permission requested_permissions[2]: unknown permission "fly" (use one of ${EVERY_PERMISSION})`,
      ],
    ],
    [
      'locations',
      { requested_locations: ['/command', '/command/app', '/comand/app', 'post_menu', '/x', '/in_post', ''] },
      [
        'manifest/unknown-location requested_locations[2]: unknown location "/comand/app" (did you mean "/command/app"?)',
        'manifest/unknown-location requested_locations[3]: unknown location "post_menu" (did you mean "/post_menu"?)',
        `manifest/unknown-location requested_locations[4]: unknown location "/x" (use one of ${EVERY_LOCATION})`,
        `manifest/unknown-location requested_locations[6]: unknown location "" (use one of ${EVERY_LOCATION})`,
      ],
    ],
    [
      'expand levels',
      {
        on_install: {
          path: '/',
          expand: { user: '+all', team: 'id', app: '+summary', channel: '', post: '+' },
        },
      },
      [],
    ],
    [
      'unknown expand levels',
      { on_install: { path: '/', expand: { user: 'al', team: '-all', post: 'none' } } },
      [
        'manifest/expand-level on_install.expand.team: unknown level "-all": the server refuses the call (did you mean "all"?)',
        'manifest/expand-level on_install.expand.post: unknown level "none": the server refuses the call (use "id" or "summary" or "all")',
        'manifest/expand-level on_install.expand.user: unknown level "al": the server refuses the call (did you mean "all"?)',
      ],
    ],
    [
      'expand levels without an effect',
      { on_install: { path: '/', expand: { app: 'id', oauth2_user: '+summary' } } },
      [
        'manifest/expand-level on_install.expand.app: the level "id" has no effect on this field (use "summary" or "all")',
        'manifest/expand-level on_install.expand.oauth2_user: the level "+summary" has no effect on this field (use "all")',
      ],
    ],
    ['types of webhook authentication', { remote_webhook_auth_type: 'none' }, []],
    [
      'unknown types of webhook authentication',
      { remote_webhook_auth_type: 'jwt' },
      [
        'manifest/webhook-auth-type remote_webhook_auth_type: "jwt" is not supported: the server refuses all webhooks (use "secret" or "none")',
      ],
    ],
  ])('%s', (_, changes, expected) => {
    expect(advise(changes)).toEqual(expected);
  });

  test('of any length are shortened', () => {
    const [finding = ''] = advise({ ['k'.repeat(10_000)]: 1 });
    expect(finding).toContain(`${'k'.repeat(100)}…: `);
    expect(finding).not.toContain('k'.repeat(101));
  });
});

const SERVE = 'add a function with a path that it begins with, such as "/"';

function withPaths(...paths: string[]): Readonly<Record<string, unknown>> {
  const functions = paths.map((path, index) => ({
    ...{ path, name: `f${index}`, handler: 'index.handler', runtime: 'nodejs22.x' },
  }));
  return { aws_lambda: { functions } };
}

describe('paths', () => {
  test.each<[string, Readonly<Record<string, unknown>>, string[]]>([
    ['of functions may overlap', withPaths('/', '/a', '/ab'), []],
    [
      'of two functions are the same',
      withPaths('/a', '/', '/a'),
      [
        'manifest/function-path aws_lambda.functions[2].path: function f2 is never called: function f0 has the same path "/a" (give each function a path of its own)',
      ],
    ],
    [
      'of a function begin with a slash',
      withPaths('ping'),
      [
        'manifest/function-path aws_lambda.functions[0].path: "ping" does not begin with "/", as the paths of calls do: function f0 is never called (write "/ping")',
      ],
    ],
    [
      'of a call begin with a slash',
      { ...withPaths('install', '/'), on_install: 'install' },
      ['manifest/call-path on_install.path: "install" does not begin with "/" (write "/install")'],
    ],
    [
      'of a call are not served',
      { ...withPaths('/bind'), bindings: '/bindings', on_install: '/install' },
      [`manifest/call-path on_install.path: no function serves "/install" (${SERVE})`],
    ],
    [
      'of a call are missing',
      { on_install: {} },
      ['manifest/call-path on_install.path: is missing: no function is called (add the path)'],
    ],
    ['of a call with a default may be missing', { bindings: {} }, []],
    [
      'by default are served',
      { ...withPaths('/bindings', '/oauth2', '/webhook/github'), ...everyDefault() },
      [],
    ],
    [
      'by default are not served',
      { ...withPaths('/x'), ...everyDefault() },
      [
        `manifest/call-path bindings: no function serves /bindings, which the server calls if the manifest has no bindings (${SERVE})`,
        `manifest/call-path get_oauth2_connect_url: no function serves /oauth2/connect, which the server calls if the manifest has no get_oauth2_connect_url (${SERVE})`,
        `manifest/call-path on_oauth2_complete: no function serves /oauth2/complete, which the server calls if the manifest has no on_oauth2_complete (${SERVE})`,
        `manifest/call-path on_remote_webhook: no function serves /webhook, which the server calls if the manifest has no on_remote_webhook (${SERVE})`,
      ],
    ],
    ['by default are not called without a permission or location', withPaths('/x'), []],
  ])('%s', (_, changes, expected) => {
    expect(advise(changes)).toEqual(expected);
  });

  function everyDefault(): Readonly<Record<string, unknown>> {
    return {
      requested_locations: ['/command'],
      requested_permissions: ['act_as_bot', 'act_as_user', 'remote_oauth2', 'remote_webhooks'],
    };
  }
});

test.each<[string, Readonly<Record<string, unknown>>]>([
  ['a call', { ...withPaths('/x'), bindings: 3, requested_locations: ['/command'] }],
  ['the path of a call', { ...withPaths('/x'), on_install: { path: 3 } }],
  ['the path of a function', { aws_lambda: { functions: [{ path: 3, name: 'a' }] }, on_install: '/install' }],
  ['a permission', { requested_permissions: [3] }],
  ['a level', { on_install: { path: '/', expand: { user: 3 } } }],
])('%s of a wrong type has no consequences', (_, changes) => {
  expect(advise(changes, false)).toEqual([]);
});
