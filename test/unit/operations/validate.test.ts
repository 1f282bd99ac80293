import { expect, test } from 'vitest';
import { type OpenBundle, readBundle } from '../../../src/bundle/open-bundle.js';
import { LIBRARY_VOCABULARY } from '../../../src/core/diagnostics/vocabulary.js';
import { validate } from '../../../src/operations/validate.js';
import { MemorySource } from '../../../src/zip/byte-source.js';
import { manifest, zip } from '../../support/bundle.js';
import { FIX } from '../../support/messages/bundle.js';

const NOW = Date.parse('2026-11-21');

async function openGoBundle(): Promise<OpenBundle> {
  const functions = [{ path: '/', name: 'go', handler: 'main', runtime: 'go1.x' }];
  const bytes = await zip({
    'manifest.json': JSON.stringify(manifest({ aws_lambda: { functions } })),
    'go.zip': await zip({ main: 'AWS_LAMBDA_RUNTIME_API' }),
  });
  return readBundle('bundle.zip', new MemorySource(bytes));
}

test("validate names options in the caller's words", async () => {
  const bundle = await openGoBundle();
  expect((await validate(bundle, NOW)).all).toMatchObject([
    { rule: 'runtime/retired', severity: 'warning', fix: FIX.migrate('migrateRuntimes: true') },
  ]);
  const words = { ...LIBRARY_VOCABULARY, migrateRuntimes: '--migrate-runtimes' };
  expect((await validate(bundle, NOW, { words })).all).toMatchObject([
    { rule: 'runtime/retired', severity: 'warning', fix: FIX.migrate('--migrate-runtimes') },
  ]);
});
