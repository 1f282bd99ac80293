import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { RULES } from '../../../../src/core/diagnostics/rules.js';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const IDS = Object.keys(RULES).sort();

/** The rule ids that the TypeScript files of a folder mention as string literals or property names. */
function mentionedIds(folder: string, except: string): string[] {
  const prefixes = [...new Set(IDS.map((id) => id.split('/')[0]))].join('|');
  const pattern = new RegExp(`['"\`](?:(${prefixes})/[a-z0-9-]+)(?=['"\` ])`, 'g');
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith(except))
    .map((name) => readFileSync(join(ROOT, folder, name), 'utf8'));
  const ids = files.flatMap((text) => [...text.matchAll(pattern)].map(([match]) => match.slice(1)));
  return [...new Set(ids)].sort();
}

describe('the rules of bundles', () => {
  test('are all documented, with the same words, and no others', () => {
    const text = readFileSync(join(ROOT, 'docs/bundle-rules.md'), 'utf8');
    const rows = [...text.matchAll(/^\| `([a-z0-9-]+\/[a-z0-9-]+)` \| (.+) \|$/gm)];
    expect(rows.map(([, id, meaning]) => [id, meaning])).toEqual(Object.entries(RULES));
  });

  test('are all used', () => {
    expect(mentionedIds('src', 'diagnostics/rules.ts').filter((id) => id in RULES)).toEqual(IDS);
  });

  test('all have a test', () => {
    expect(mentionedIds('test', 'rules.test.ts').filter((id) => id in RULES)).toEqual(IDS);
  });

  test.each(Object.entries(RULES))('%s is a short sentence with a stable id', (id, meaning) => {
    expect(id).toMatch(/^[a-z]+\/[a-z0-9]+(?:-[a-z0-9]+)*$/);
    expect(meaning).toMatch(/^\S.{10,99}\.$/);
  });
});
