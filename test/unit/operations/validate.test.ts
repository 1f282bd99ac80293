import { expect, test } from 'vitest';
import { LIBRARY_VOCABULARY } from '../../../src/core/diagnostics/vocabulary.js';
import { validate } from '../../../src/operations/validate.js';
import { FIX } from '../../support/messages/bundle.js';
import { openGoBundle } from './go-bundle.js';

const NOW = Date.parse('2026-11-21');

test("validate names options in the caller's words", async () => {
  const bundle = await openGoBundle();
  expect((await validate(bundle, NOW)).all).toMatchObject([
    { rule: 'runtime/retired', severity: 'warning', fix: FIX.migrate('migrateRuntimes: true') },
  ]);
  const vocabulary = { ...LIBRARY_VOCABULARY, migrateRuntimes: '--migrate-runtimes' };
  expect((await validate(bundle, NOW, { vocabulary })).all).toMatchObject([
    { rule: 'runtime/retired', severity: 'warning', fix: FIX.migrate('--migrate-runtimes') },
  ]);
});
