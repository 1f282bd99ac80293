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

/** What keeps an app from being installed, whose manifest has these changes, and whose bundle these assets. */
function findingsOf(changes: Readonly<Record<string, unknown>>, assets: readonly string[] = []): string[] {
  const entries = ['go.zip', ...assets.map((path) => `static/${path}`)].map((name) => ({ name, size: 1 }));
  const found = new Findings();
  const bundle = assembleBundle(entries, Buffer.from(JSON.stringify(manifest(changes))), found);
  expect(found.errors).toEqual([]);
  if (bundle === undefined) throw new Error('no bundle');
  const findings = new Findings();
  checkInstallation(bundle, findings);
  return findings.all.map(
    ({ severity, location, message, fix }) => `${severity}: ${location}: ${message} (${fix})`,
  );
}

function parsed(changes: Readonly<Record<string, unknown>>): Manifest {
  const result = parseManifest(Buffer.from(JSON.stringify(manifest(changes))), new Findings());
  if (result === undefined) throw new Error('no manifest');
  return result;
}

describe('the id of an app', () => {
  test.each(['abc', 'com.example.App', 'a_b-c.1', 'alles', 'systems', 'admin', 'Apps'])(
    '%s will do',
    (id) => {
      expect(findingsOf({ app_id: id })).toEqual([]);
    },
  );

  test.each([
    ['all', '"all" is reserved: no bot may have this username'],
    ['Channel', '"Channel" is reserved: no bot may have this username'],
    ['matterbot', '"matterbot" is reserved: no bot may have this username'],
    ['system', '"system" is reserved: no bot may have this username'],
    ['apps', '"apps" is the id of the app that is built into the Apps plugin'],
    ['AppsBot', '"AppsBot" is the username of the bot of the Apps plugin, which the app would take over'],
    [
      'system-bot',
      '"system-bot" is the username of the bot of the Mattermost server, which the app would take over',
    ],
    ...['.abc', 'abc.', 'a..c'].map((id): [string, string] => [
      id,
      `"${id}" has a dot at its start or end, or two together, which the address of the app's bot may not have`,
    ]),
  ])('%s will not', (id, message) => {
    expect(findingsOf({ app_id: id })).toEqual([`error: app_id: ${message} (choose another id)`]);
  });

  test.each(['müll', '日本語', 'abc٣', '\u212aelvin'])('%s has other than ASCII characters', (id) => {
    expect(findingsOf({ app_id: id })).toEqual([
      `error: app_id: "${id}" has letters or digits beyond ASCII, which the username of the app's bot may not have (use A-Z, a-z, 0-9, "-", "_" and ".")`,
    ]);
  });
});

describe('what becomes an OAuth 2.0 app when the app is first installed', () => {
  const page = (length: number) => `https://example.com/${'x'.repeat(length - 20)}`;

  test.each<[string, Record<string, unknown>]>([
    ['a name of 64 bytes', { display_name: 'x'.repeat(64) }],
    ['a home page of 256 bytes', { homepage_url: page(256) }],
    ['a description of 512 characters', { description: '🙂'.repeat(512) }],
    ['a home page by HTTP', { homepage_url: 'http://example.com' }],
  ])('may have %s', (_, changes) => {
    expect(findingsOf(changes)).toEqual([]);
    expect(() => refuseFirstInstallation(parsed(changes))).not.toThrow();
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
  ])('may not have %s', (_, changes, field, message, fix) => {
    expect(findingsOf(changes)).toEqual([
      `warning: ${field}: ${message}: a server without the app cannot install it (${fix})`,
    ]);
    expect(() => refuseFirstInstallation(parsed(changes))).toThrow(
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
    // Spaces become dashes on both sides.
    ['my icon.png', 'my-icon.png'],
    ['a%20b.png', 'a%20b.png'],
    ['é.png', 'é.png'],
  ])('%s is found at static/%s', (icon, asset) => {
    expect(findingsOf({ icon }, [asset])).toEqual([]);
  });

  test('in a folder is installed, but not shown', () => {
    expect(findingsOf({ icon: 'images/icon.png' }, ['images/icon.png'])).toEqual([
      'warning: icon: "images/icon.png" is in a folder, from which the server shows no icon to users (move it to static/ itself)',
    ]);
  });

  const asItIs = (path: string) => `write "${path}": the text is taken as it is`;
  const elsewhere = (path: string) => `the bundle has static/${path}: write "${path}"`;
  test.each([
    ['icon.png', [], 'add static/icon.png'],
    ['./a/../icon.png', [], 'add static/icon.png'],
    ['/icon.png', ['icon.png'], asItIs('icon.png')],
    ['./icon.png', ['icon.png'], asItIs('icon.png')],
    ['a//b.png', ['a/b.png'], asItIs('a/b.png')],
    ['a%20b.png', ['a b.png'], asItIs('a b.png')],
    ['%C3%A9.png', ['é.png'], asItIs('é.png')],
    ['icon.png?x=1', ['icon.png'], asItIs('icon.png')],
    ['icon.png#x', ['icon.png'], asItIs('icon.png')],
    ['Icon.png', ['icon.PNG'], elsewhere('icon.PNG')],
    ['icon.png', ['images/icon.png'], elsewhere('images/icon.png')],
    ['static/icon.png', ['icon.png'], elsewhere('icon.png')],
    [
      'https://example.com/icon.png',
      ['icon.png'],
      'add the image below static/ and write its name: an address on the web is not read',
    ],
  ])('%s is not found among %j', (icon, assets, fix) => {
    expect(findingsOf({ icon }, assets)).toEqual([
      `error: icon: ${JSON.stringify(icon)} is not an asset of the bundle, and the app cannot be installed without its icon (${fix})`,
    ]);
  });
});

test('everything is told at once', () => {
  const changes = { app_id: 'all', display_name: 'x'.repeat(65), icon: 'icon.png' };
  expect(findingsOf(changes).map((line) => line.split(': ')[1])).toEqual(['app_id', 'display_name', 'icon']);
});
