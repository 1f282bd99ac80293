import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchArchives } from '../../../../src/core/bundle/match.js';
import { Findings } from '../../../../src/core/diagnostics/findings.js';

/** Matches functions with archives; returns the archive of each function, and the rules and locations of the findings. */
function match(functions: string[], archives: string[], others: string[] = []) {
  const findings = new Findings();
  const entries = archives.map((name) => ({ name, size: 1 }));
  const matches = matchArchives(
    functions.map((name, index) => ({ location: `functions[${index}]`, name, handler: 'h', runtime: 'r' })),
    entries,
    [...entries, ...others.map((name) => ({ name, size: 1 }))],
    findings,
  );
  return {
    fixes: findings.errors.map(({ fix }) => fix),
    matches: Object.fromEntries([...matches].map(([name, archive]) => [name, archive.name])),
    findings: findings.all.map(({ rule, location }) => `${rule} ${location}`),
  };
}

describe('the archive of a function', () => {
  test.each<[string, string[], string[], Record<string, string>, string[]]>([
    ['has its name', ['go'], ['go.zip'], { go: 'go.zip' }, []],
    ['is not missed if the functions are unknown', [], ['go.zip'], {}, []],
    ['may be a jar', ['go'], ['go.jar'], { go: 'go.jar' }, []],
    ['may be in any folder', ['go'], ['a/b/go.zip'], { go: 'a/b/go.zip' }, []],
    ['may have dots in its name', ['my.go'], ['my.go.zip'], { 'my.go': 'my.go.zip' }, []],
    [
      'is the exact one',
      ['hello', 'say-hello'],
      ['say-hello.zip', 'hello.zip'],
      { hello: 'hello.zip', 'say-hello': 'say-hello.zip' },
      [],
    ],
    [
      'is the exact one, not one that only ends with the name',
      ['hello'],
      ['evil-hello.zip', 'hello.zip'],
      { hello: 'hello.zip' },
      ['function/unused-archive evil-hello.zip'],
    ],
    [
      'matches whole segments of a name with a slash',
      ['a/go'],
      ['x/a/go.zip', 'ba/go.zip'],
      { 'a/go': 'x/a/go.zip' },
      ['function/unused-archive ba/go.zip'],
    ],
    [
      'is the only one that ends with the name',
      ['go'],
      ['my-go.zip'],
      { go: 'my-go.zip' },
      ['function/guessed-archive my-go.zip'],
    ],
    [
      'is not that of another function',
      ['hello', 'say-hello'],
      ['say-hello.zip'],
      { 'say-hello': 'say-hello.zip' },
      ['function/no-archive functions[0].name'],
    ],
    [
      'is not one of several',
      ['go'],
      ['go.zip', 'go.jar'],
      {},
      ['function/ambiguous-archive functions[0].name'],
    ],
    [
      'is not one of several in folders',
      ['go'],
      ['a/go.zip', 'b/go.zip'],
      {},
      ['function/ambiguous-archive functions[0].name'],
    ],
    [
      'is not one of several that end with the name',
      ['go'],
      ['a-go.zip', 'b-go.zip'],
      {},
      ['function/ambiguous-archive functions[0].name'],
    ],
    [
      'is not one that two functions match',
      ['go', 'o'],
      ['my-go.zip'],
      {},
      ['function/ambiguous-archive my-go.zip', 'function/ambiguous-archive my-go.zip'],
    ],
    [
      'must exist',
      ['go'],
      ['other.zip'],
      {},
      ['function/no-archive functions[0].name', 'function/unused-archive other.zip'],
    ],
  ])('%s', (_, functions, archives, matches, findings) => {
    expect(match(functions, archives)).toMatchObject({ matches, findings });
  });
});

test.each<[string, string[], string[]]>([
  ['add fn.zip or fn.jar', ['other.zip'], ['static/fn.txt']],
  ['static/fn.zip is an asset: move it to fn.zip', [], ['static/fn.zip']],
  ['rename FN.zip to fn.zip: case matters', ['FN.zip'], []],
  ['rename fn.ZIP to fn.zip: case matters', [], ['fn.ZIP']],
])('the fix for a function without an archive is: %s', (fix, archives, others) => {
  expect(match(['fn'], archives, others).fixes).toEqual([fix]);
});

describe('many functions and archives', () => {
  const names = (count: number, name: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => name(index));

  test('are matched in time when each archive matches each function', () => {
    const result = match(
      names(200, (index) => 'x'.repeat(5 * index + 1)),
      names(5000, (index) => `${index}-${'x'.repeat(1001)}.zip`),
    );
    expect(new Set(result.fixes)).toEqual(new Set(['keep only one archive for each function']));
  });

  test('are matched in time when long names differ only at their ends', () => {
    const result = match(
      names(200, (index) => `${'x'.repeat(950)}${index}`),
      names(5000, (index) => `${'x'.repeat(780)}-${index}.zip`),
    );
    expect(result.matches).toEqual({});
    expect(result.findings).toHaveLength(5200);
  });

  test('suggestions take time in proportion to the length of the names', () => {
    const long = names(20, (index) => `${'x'.repeat(500_000)}${index}`);
    expect(match(['fn'], [], [...long, 'a/FN.Jar']).fixes).toEqual([
      'rename a/FN.Jar to fn.zip: case matters',
    ]);
  });
});

test('of many archives that match, a few are listed', () => {
  const archives = Array.from({ length: 100 }, (_, index) => ({ name: `${index}/fn.zip`, size: 1 }));
  const findings = new Findings();
  const item = { location: 'functions[0]', name: 'fn', handler: 'h', runtime: 'r' };
  matchArchives([item], archives, archives, findings);
  expect(findings.errors[0]?.message).toMatch(
    /^function fn matches several archives: (\d+\/fn\.zip, ){4}\d+\/fn\.zip and 95 more$/,
  );
});

test('no archive is the code of two functions, and an exact match always wins', () => {
  const name = fc.stringMatching(/^[ab-]{1,4}$/);
  fc.assert(
    fc.property(
      fc.uniqueArray(name, { maxLength: 4 }),
      fc.uniqueArray(name, { maxLength: 5 }),
      (functions, stems) => {
        const { matches } = match(
          functions,
          stems.map((stem) => `${stem}.zip`),
        );
        const used = Object.values(matches);
        expect(new Set(used).size).toBe(used.length);
        for (const item of functions) if (stems.includes(item)) expect(matches[item]).toBe(`${item}.zip`);
      },
    ),
  );
});
