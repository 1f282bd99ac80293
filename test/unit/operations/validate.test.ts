import { describe, expect, test } from 'vitest';
import { readPartialBundle } from '../../../src/bundle/open-bundle.js';
import { LIBRARY_VOCABULARY } from '../../../src/core/diagnostics/vocabulary.js';
import { LIMITS } from '../../../src/core/limits.js';
import { type ValidateOptions, validate } from '../../../src/operations/validate.js';
import { MemorySource } from '../../../src/zip/byte-source.js';
import { functionArchive, manifest, zip } from '../../support/bundle.js';
import { FIX } from '../../support/messages/bundle.js';
import { type RawEntry, rawZip } from '../../support/raw-zip.js';
import { openGoBundle } from './go-bundle.js';

const NOW = Date.parse('2026-11-21');

/** The severities, rules and locations of the findings about a bundle. */
async function findProblems(bytes: Uint8Array, options: ValidateOptions = {}): Promise<string[]> {
  const bundle = await readPartialBundle('app.zip', new MemorySource(bytes));
  const { all } = await validate(bundle, NOW, options);
  return all.map(({ severity, rule, location }) => `${severity} ${rule} ${location}`);
}

function functionItem(changes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { path: '/', name: 'go', handler: 'index.handler', runtime: 'nodejs22.x', ...changes };
}

async function problemsOf(
  changes: Readonly<Record<string, unknown>>,
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<string[]> {
  const content = JSON.stringify(manifest(changes));
  return findProblems(await zip({ 'manifest.json': content, 'go.zip': await functionArchive(), ...files }), {
    action: 'create',
  });
}

describe('everything that is wrong with a bundle is reported at once', () => {
  test('from the zip to the runtimes', async () => {
    const functions = [
      functionItem({ handler: 'x', runtime: 'nodejs14.x' }),
      functionItem({ name: 'broken', path: 'ping' }),
      functionItem({ name: 'missing', path: '/m', runtime: 'node22' }),
    ];
    const changes = {
      ...{ app_id: 'x', homepage_url: undefined, icon: 'no.png', aws_lambda: { functions } },
      ...{ requested_permissions: ['act_as_bott'], on_instal: '/install' },
    };
    const entries: RawEntry[] = [
      { name: 'manifest.json', data: JSON.stringify(manifest(changes)) },
      { name: 'go.zip', data: await functionArchive() },
      { name: 'broken.zip', data: 'not a zip' },
      { name: 'other.zip', data: await functionArchive() },
      { name: 'static/damaged.png', data: 'x', local: { crc: 1 }, central: { crc: 1 } },
      { name: 'static/../up.txt', data: 'x' },
    ];
    expect(await findProblems(rawZip(entries), { action: 'create' })).toEqual([
      'error zip/unsafe-name static/../up.txt',
      'error manifest/app-id app_id',
      'error manifest/url homepage_url',
      'error function/no-archive aws_lambda.functions[2].name',
      'warning function/unused-archive other.zip',
      'warning manifest/unknown-field on_instal',
      'warning manifest/unknown-permission requested_permissions[0]',
      'warning manifest/function-path aws_lambda.functions[1].path',
      'error install/icon icon',
      'error function/handler aws_lambda.functions[0].handler',
      'error zip/invalid broken.zip',
      'error zip/damaged-entry static/damaged.png',
      'error runtime/retired aws_lambda.functions[0].runtime',
      'warning runtime/unknown aws_lambda.functions[2].runtime',
    ]);
  });

  test.each<[string, Readonly<Record<string, unknown>>, string[]]>([
    [
      'a field',
      { version: 1, display_name: '', homepage_url: 'x', icon: 'no.png' },
      [
        'error manifest/type version',
        'error manifest/required display_name',
        'error manifest/url homepage_url',
        'error install/icon icon',
      ],
    ],
    [
      'the functions',
      { aws_lambda: { functions: 'go' }, display_name: '' },
      ['error manifest/type aws_lambda.functions', 'error manifest/required display_name'],
    ],
    ['the section of the functions', { aws_lambda: [] }, ['error manifest/type aws_lambda']],
    [
      'a function',
      { aws_lambda: { functions: [3, functionItem({ name: 'b', handler: 'x' })] } },
      [
        'error manifest/type aws_lambda.functions[0]',
        'error function/no-archive aws_lambda.functions[1].name',
      ],
    ],
    [
      'the name of a function',
      { aws_lambda: { functions: [functionItem({ name: 3, runtime: 'go1.x' })] } },
      [
        'error manifest/type aws_lambda.functions[0].name',
        'error runtime/retired aws_lambda.functions[0].runtime',
      ],
    ],
    [
      'handler and runtime of a function',
      { aws_lambda: { functions: [functionItem({ handler: 3, runtime: {} })] } },
      [
        'error manifest/type aws_lambda.functions[0].handler',
        'error manifest/type aws_lambda.functions[0].runtime',
      ],
    ],
    [
      'a permission',
      { requested_permissions: ['remote_webhooks', 3] },
      ['error manifest/type requested_permissions[1]'],
    ],
  ])('%s of a wrong type hides nothing else, and has no consequences', async (_, changes, expected) => {
    expect(await problemsOf(changes)).toEqual(expected);
  });

  test('a missing handler and runtime are reported once', async () => {
    const functions = [functionItem({ handler: '', runtime: '' })];
    expect(await problemsOf({ aws_lambda: { functions } })).toEqual([
      'error manifest/required aws_lambda.functions[0].handler',
      'error manifest/required aws_lambda.functions[0].runtime',
    ]);
  });

  test('a misspelled section is reported once', async () => {
    const content = { ...manifest({ aws_lambda: undefined }), aws_lamda: { functions: [functionItem({})] } };
    expect(await problemsOf(content)).toEqual(['error manifest/deploy-type manifest.json']);
    const withHttp = { ...content, http: { root_url: 'https://example.com' } };
    expect(await problemsOf(withHttp)).toEqual(['error manifest/deploy-type aws_lambda']);
  });

  test.each<[string, RawEntry[], string[]]>([
    ['missing', [], ['error manifest/missing manifest.json']],
    ['not JSON', [{ name: 'manifest.json', data: '{' }], ['error manifest/json manifest.json']],
    ['a list', [{ name: 'manifest.json', data: '[]' }], ['error manifest/type manifest.json']],
    [
      'damaged',
      [{ name: 'manifest.json', data: '{}', local: { crc: 1 }, central: { crc: 1 } }],
      ['error zip/damaged-entry manifest.json'],
    ],
  ])('a manifest that is %s does not hide damage of the zip', async (_, entries, expected) => {
    const others: RawEntry[] = [
      { name: 'go.zip', data: 'x' },
      { name: 'static/a', data: 'x', local: { crc: 1 }, central: { crc: 1 } },
    ];
    expect(await findProblems(rawZip([...entries, ...others]))).toEqual([
      ...expected,
      'error zip/damaged-entry static/a',
    ]);
  });

  test('what is too large is not read', async () => {
    const size = LIMITS.asset + 1;
    const entries: RawEntry[] = [
      { name: 'manifest.json', data: JSON.stringify(manifest()) },
      { name: 'go.zip', data: await functionArchive() },
      // Damaged, which would be found if it were read.
      { name: 'static/huge', data: 'x', deflated: true, local: { size }, central: { size } },
    ];
    expect(await findProblems(rawZip(entries))).toEqual(['error asset/too-large static/huge']);
  });
});

describe('runtimes', () => {
  test("fixes name options in the caller's words", async () => {
    const bundle = await openGoBundle();
    expect((await validate(bundle, NOW)).all).toMatchObject([
      { rule: 'runtime/retired', severity: 'warning', fix: FIX.migrate('migrateRuntimes: true') },
    ]);
    const vocabulary = { ...LIBRARY_VOCABULARY, migrateRuntimes: '--migrate-runtimes' };
    expect((await validate(bundle, NOW, { vocabulary, action: 'create' })).all).toMatchObject([
      { rule: 'runtime/retired', severity: 'error', fix: FIX.migrate('--migrate-runtimes') },
    ]);
  });

  test('go1.x is not an error when it is migrated, if it can be', async () => {
    const options = { action: 'create', migrateRuntimes: true } as const;
    expect((await validate(await openGoBundle(), NOW, options)).all).toMatchObject([
      { rule: 'runtime/migrated', severity: 'warning' },
    ]);
    const functions = [functionItem({ handler: 'app', runtime: 'go1.x' })];
    const files = async (app: string) => ({
      'manifest.json': JSON.stringify(manifest({ aws_lambda: { functions } })),
      'go.zip': await zip({ app }),
    });
    expect(await findProblems(await zip(await files('an old program')), options)).toEqual([
      'warning runtime/migrated aws_lambda.functions[0].runtime',
      'error runtime/not-migratable go.zip',
    ]);
    // Nothing is known of an archive that cannot be read.
    expect(await findProblems(await zip({ ...(await files('')), 'go.zip': 'not a zip' }), options)).toEqual([
      'error zip/invalid go.zip',
      'warning runtime/migrated aws_lambda.functions[0].runtime',
    ]);
  });

  test('a Java function needs more memory than the default', async () => {
    const functions = [functionItem({ handler: 'a.B::c', runtime: 'java21' })];
    const archive = await zip({ 'a/B.class': '' });
    expect(await problemsOf({ aws_lambda: { functions } }, { 'go.zip': archive })).toEqual([
      'note function/java-memory aws_lambda.functions[0]',
    ]);
  });
});
