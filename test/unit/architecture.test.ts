import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CLI_VOCABULARY } from '../../src/cli/input/vocabulary.js';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/**
 * Which part of `src/` may import from which others, besides itself. Imports point one way: from commands to the library
 * (`api`), from there to the operations and adapters, and from everywhere to the core, which is pure.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  zip: ['core/async', 'core/text.ts', 'core/units.ts'],
  bundle: ['core', 'zip'],
  files: [],
  http: ['core'],
  aws: ['core', 'http'],
  mattermost: ['core', 'http'],
  metrics: ['core', 'files', 'http'],
  operations: ['core', 'bundle', 'files', 'zip'],
  api: ['core', 'bundle', 'operations', 'aws', 'http', 'mattermost', 'metrics'],
  'cli/render': ['core', 'api'],
  'cli/input': ['core', 'api', 'cli/render'],
  commands: ['core', 'api', 'cli/input', 'cli/render'],
  cli: ['core', 'api', 'commands'],
  'index.ts': ['core', 'api', 'aws', 'bundle'],
};

/** What the pure part may not touch: files, network, processes. */
const IMPURE = /^node:(?:fs|http|https|net|child_process|process)(?:\/|$)/;

interface Import {
  /** Relative to `src/`, such as core/async/poll.ts. */
  readonly file: string;
  /** Relative to `src/`; a package or a module of Node.js as it is written. */
  readonly target: string;
}

const imports = sourceFiles(SRC).flatMap(importsOf);

describe('src/', () => {
  test('imports only what the table allows', () => {
    const forbidden = imports.filter(
      ({ file, target }) => target.endsWith('.ts') && !isAllowed(file, target),
    );
    expect(forbidden).toEqual([]);
  });

  test('talks to AWS through src/aws alone', () => {
    expect(
      imports.filter(({ file, target }) => /^@(?:aws|smithy)/.test(target) && partOf(file) !== 'aws'),
    ).toEqual([]);
  });

  test('keeps src/core free of files, network and processes', () => {
    expect(imports.filter(({ file, target }) => partOf(file) === 'core' && IMPURE.test(target))).toEqual([]);
  });

  test('has no folders that import each other', () => {
    const folders = new Map<string, Set<string>>();
    for (const { file, target } of imports) {
      if (!target.endsWith('.ts') || dirname(file) === dirname(target)) continue;
      const targets = folders.get(dirname(file)) ?? new Set();
      folders.set(dirname(file), targets.add(dirname(target)));
    }
    const pairs = [...folders].flatMap(([from, targets]) =>
      [...targets].filter((to) => from < to && folders.get(to)?.has(from)).map((to) => `${from} <-> ${to}`),
    );
    expect(pairs).toEqual([]);
  });

  test('names the flags, variables and commands of the command line in src/cli and src/commands alone', () => {
    // The Mattermost server has variables of the same names for the bucket, the region and its key, AWS one for endpoints.
    const own = Object.entries(CLI_VOCABULARY).filter(
      ([key]) => !['bucket', 'region', 'serverKey', 'endpoint', 'output'].includes(key),
    );
    const named = sourceFiles(SRC)
      .filter((file) => !/^(?:cli|commands)\//.test(file))
      .flatMap((file) => {
        const text = readFileSync(join(SRC, file), 'utf8');
        return own.filter(([, name]) => text.includes(name)).map(([, name]) => `${name} in ${file}`);
      });
    expect(named).toEqual([]);
  });

  test('has a row in the table for each of its parts', () => {
    expect(new Set(sourceFiles(SRC).map(partOf))).toEqual(new Set(Object.keys(MAY_IMPORT)));
  });
});

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.replaceAll('\\', '/'));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  const specifiers = [...text.matchAll(/(?:\bfrom|\bimport\(|^import)\s*'([^']+)'/gm)].map(
    ([, name]) => name ?? '',
  );
  return specifiers.map((name) => {
    if (!name.startsWith('.')) return { file, target: name };
    const path = relative(SRC, normalize(join(SRC, dirname(file), name))).replaceAll('\\', '/');
    return { file, target: path.replace(/\.js$/, '.ts') };
  });
}

/** The most specific row of the table that a file belongs to. */
function partOf(file: string): string {
  const parts = Object.keys(MAY_IMPORT).filter((part) => isIn(file, part));
  return parts.sort((a, b) => b.length - a.length)[0] ?? file;
}

function isAllowed(file: string, target: string): boolean {
  const part = partOf(file);
  if (partOf(target) === part || isIn(target, part)) return true;
  return (MAY_IMPORT[part] ?? []).some((allowed) => isIn(target, allowed));
}

function isIn(file: string, part: string): boolean {
  return file === part || file.startsWith(`${part}/`);
}
