import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { RULES } from '../../../../src/core/diagnostics/rules.js';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const IDS = Object.keys(RULES).sort();

function readSources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/diagnostics\/rules\b/.test(name))
    .map((name) => readFileSync(join(ROOT, folder, name), 'utf8'));
}

/** The rule ids that the TypeScript files of a folder mention as string literals or property names. */
function mentionedIds(folder: string): string[] {
  const prefixes = [...new Set(IDS.map((id) => id.split('/')[0]))].join('|');
  const pattern = new RegExp(`['"\`](?:(${prefixes})/[a-z0-9-]+)(?=['"\` ])`, 'g');
  const ids = readSources(folder).flatMap((text) =>
    [...text.matchAll(pattern)].map(([match]) => match.slice(1)),
  );
  return [...new Set(ids)].sort();
}

/** The severities with which a rule is reported by a call such as `findings.error('zip/link', …)`. */
function reportedSeverities(id: string): string[] {
  const pattern = new RegExp(`\\.(error|warning|note)\\(\\s*'${id}'`, 'g');
  return [
    ...new Set(
      readSources('src').flatMap((text) => [...text.matchAll(pattern)].map(([, name]) => name ?? '')),
    ),
  ];
}

describe('the rules of bundles', () => {
  test('are all documented, with the same words, and no others', () => {
    const text = readFileSync(join(ROOT, 'docs/bundle-rules.md'), 'utf8');
    const rows = [...text.matchAll(/^\| `([a-z0-9-]+\/[a-z0-9-]+)` \| (.+?) \| (.+?) \| (.+) \|$/gm)];
    expect(rows.map(([, ...row]) => row)).toEqual(
      Object.entries(RULES).map(([id, { rule, severities, reason }]) => [
        id,
        severities.join(', '),
        rule,
        reason,
      ]),
    );
  });

  test('are all used', () => {
    expect(mentionedIds('src').filter((id) => id in RULES)).toEqual(IDS);
  });

  test('all have a test', () => {
    expect(mentionedIds('test').filter((id) => id in RULES)).toEqual(IDS);
  });

  test.each(Object.entries(RULES))('%s is explained in short sentences, and has a stable id', (id, info) => {
    expect(id).toMatch(/^[a-z]+\/[a-z0-9]+(?:-[a-z0-9]+)*$/);
    for (const text of [info.rule, info.reason, info.fix]) expect(text).toMatch(/^\S.{10,129}\.$/);
    expect(info.severities).toEqual(expect.arrayContaining(reportedSeverities(id)));
  });
});
