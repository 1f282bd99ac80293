import { describe, expect, test } from 'vitest';
import { assembleBundle } from '../../../../src/core/bundle/assemble.js';
import {
  checkInstallation,
  refuseFirstInstallation,
} from '../../../../src/core/bundle/check-installation.js';
import { Findings } from '../../../../src/core/diagnostics/findings.js';
import type { Manifest } from '../../../../src/core/manifest/manifest.js';
import { parseManifest } from '../../../../src/core/manifest/parse.js';
import { manifest } from '../../../support/bundle.js';
import { FINDING, FIX } from '../../../support/messages/bundle.js';

/** The findings about the installation of an app whose manifest has these changes, and whose bundle has these assets. */
function check(changes: Readonly<Record<string, unknown>>, assets: readonly string[] = []): string[] {
  const entries = ['go.zip', ...assets.map((path) => `static/${path}`)].map((name) => ({ name, size: 1 }));
  const assembling = new Findings();
  const bundle = assembleBundle(
    'app.zip',
    entries,
    Buffer.from(JSON.stringify(manifest(changes))),
    assembling,
  );
  expect(assembling.errors).toEqual([]);
  if (bundle === undefined) throw new Error('no bundle');
  const findings = new Findings();
  checkInstallation(bundle, findings);
  return findings.all.map(
    ({ rule, severity, location, message, fix }) => `${rule} ${severity}: ${location}: ${message} (${fix})`,
  );
}

function parse(changes: Readonly<Record<string, unknown>>): Manifest {
  const result = parseManifest(Buffer.from(JSON.stringify(manifest(changes))), new Findings());
  if (result === undefined) throw new Error('no manifest');
  return result;
}

describe('the id of an app', () => {
  test.each(['abc', 'com.example.App', 'a_b-c.1', 'alles', 'systems', 'admin', 'Apps'])('may be %s', (id) => {
    expect(check({ app_id: id })).toEqual([]);
  });

  test.each([
    ['all', '"all" is a username that the Mattermost server reserves'],
    ['Channel', '"Channel" is a username that the Mattermost server reserves'],
    ['matterbot', '"matterbot" is a username that the Mattermost server reserves'],
    ['system', '"system" is a username that the Mattermost server reserves'],
    ['apps', '"apps" is the ID of the app that is built into the Apps plugin'],
    ['AppsBot', FINDING.botUsername('AppsBot', 'the Apps plugin')],
    ['system-bot', FINDING.botUsername('system-bot', 'the Mattermost server')],
    ...['.abc', 'abc.', 'a..c'].map((id): [string, string] => [
      id,
      `"${id}" begins or ends with a dot or contains "..", which is not allowed in the email address of the app's bot`,
    ]),
  ])('must not be %s', (id, message) => {
    expect(check({ app_id: id })).toEqual([`install/app-id error: app_id: ${message} (${FIX.otherId})`]);
  });

  test.each(['müll', '日本語', 'abc٣', '\u212aelvin'])('must not be %s, which is not ASCII', (id) => {
    expect(check({ app_id: id })).toEqual([
      `install/app-id error: app_id: "${id}" contains non-ASCII letters or digits, which the username of the app's bot must not contain (use A-Z, a-z, 0-9, "-", "_" and ".")`,
    ]);
  });
});

describe('the OAuth 2.0 app that the first installation creates', () => {
  const page = (length: number) => `https://example.com/${'x'.repeat(length - 20)}`;

  test.each<[string, Record<string, unknown>]>([
    ['a name of 64 bytes', { display_name: 'x'.repeat(64) }],
    ['a home page of 256 bytes', { homepage_url: page(256) }],
    ['a description of 512 characters', { description: '🙂'.repeat(512) }],
    ['a home page by HTTP', { homepage_url: 'http://example.com' }],
  ])('may have %s', (_, changes) => {
    expect(check(changes)).toEqual([]);
    expect(() => refuseFirstInstallation(parse(changes))).not.toThrow();
  });

  test.each<[string, Record<string, unknown>, string, string, string]>([
    [
      'a name of 65 bytes',
      { display_name: 'x'.repeat(65) },
      'display_name',
      'has 65 bytes, over the limit of 64',
      'shorten it',
    ],
    [
      'a name of 66 bytes',
      { display_name: 'ü'.repeat(33) },
      'display_name',
      'has 66 bytes, over the limit of 64',
      'shorten it',
    ],
    [
      'a home page of 257 bytes',
      { homepage_url: page(257) },
      'homepage_url',
      'has 257 bytes, over the limit of 256',
      'shorten it',
    ],
    [
      'a description of 513 characters',
      { description: '🙂'.repeat(513) },
      'description',
      'has 513 characters, over the limit of 512',
      'shorten it',
    ],
    [
      'a home page in capitals',
      { homepage_url: 'HTTPS://example.com' },
      'homepage_url',
      'does not begin with http:// or https:// in lower case',
      'write the scheme in lower case',
    ],
  ])('must not have %s', (_, changes, field, message, fix) => {
    expect(check(changes)).toEqual([
      `install/oauth-app warning: ${field}: ${message}: a server where the app is not installed yet cannot install it (${fix})`,
    ]);
    expect(() => refuseFirstInstallation(parse(changes))).toThrow(
      expect.objectContaining({
        code: 'INVALID_BUNDLE',
        message: `app com.example.test cannot be installed: ${field} ${message}`,
        hint: fix,
      }),
    );
  });
});

describe('an icon', () => {
  test.each([
    ['icon.png', 'icon.png'],
    ['my icon.png', 'my icon.png'],
    // Spaces become dashes in both.
    ['my icon.png', 'my-icon.png'],
    ['a%20b.png', 'a%20b.png'],
    ['é.png', 'é.png'],
  ])('%s is found at static/%s', (icon, asset) => {
    expect(check({ icon }, [asset])).toEqual([]);
  });

  test('in a subfolder can be installed, but is not shown', () => {
    expect(check({ icon: 'images/icon.png' }, ['images/icon.png'])).toEqual([
      'install/icon warning: icon: "images/icon.png" is in a subfolder, from which the server does not serve icons to users (move it directly into static/)',
    ]);
  });

  const similar = (path: string) => `the bundle has static/${path}: write "${path}"`;
  test.each([
    ['icon.png', [], FIX.addAsset('static/icon.png')],
    ['./a/../icon.png', [], FIX.addAsset('static/icon.png')],
    ['/icon.png', ['icon.png'], FIX.iconAsWritten('icon.png')],
    ['./icon.png', ['icon.png'], FIX.iconAsWritten('icon.png')],
    ['a//b.png', ['a/b.png'], FIX.iconAsWritten('a/b.png')],
    ['a%20b.png', ['a b.png'], FIX.iconAsWritten('a b.png')],
    ['%C3%A9.png', ['é.png'], FIX.iconAsWritten('é.png')],
    ['icon.png?x=1', ['icon.png'], FIX.iconAsWritten('icon.png')],
    ['icon.png#x', ['icon.png'], FIX.iconAsWritten('icon.png')],
    ['Icon.png', ['icon.PNG'], similar('icon.PNG')],
    ['icon.png', ['images/icon.png'], similar('images/icon.png')],
    ['static/icon.png', ['icon.png'], similar('icon.png')],
    [
      'https://example.com/icon.png',
      ['icon.png'],
      'add the image below static/ and use its path: icons are not loaded from URLs',
    ],
  ])('%s is not found among %j', (icon, assets, fix) => {
    expect(check({ icon }, assets)).toEqual([
      `install/icon error: icon: ${FINDING.iconNotFound(icon)} (${fix})`,
    ]);
  });
});

test('all problems are reported together', () => {
  const changes = { app_id: 'all', display_name: 'x'.repeat(65), icon: 'icon.png' };
  expect(check(changes).map((line) => line.split(': ')[1])).toEqual(['app_id', 'display_name', 'icon']);
});
