import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchArchives } from '../../../src/core/app-bundle/match.js';
import { Findings } from '../../../src/core/findings.js';

/** Functions, archives → the archive for each function; errors and warnings by place. */
function match(functions: string[], archives: string[]) {
  const findings = new Findings();
  const matches = matchArchives(
    functions.map((name) => ({ name, path: '/', handler: 'h', runtime: 'r' })),
    archives.map((name) => ({ name, size: 1 })),
    findings,
  );
  return {
    matches: Object.fromEntries([...matches].map(([name, archive]) => [name, archive.name])),
    findings: findings.all.map(({ severity, place }) => `${severity} ${place}`),
  };
}

describe('the archive of a function', () => {
  test.each<[string, string[], string[], Record<string, string>, string[]]>([
    ['has its name', ['go'], ['go.zip'], { go: 'go.zip' }, []],
    ['may be a jar', ['go'], ['go.jar'], { go: 'go.jar' }, []],
    ['may stand in any folder', ['go'], ['a/b/go.zip'], { go: 'a/b/go.zip' }, []],
    ['may have dots in its name', ['my.go'], ['my.go.zip'], { 'my.go': 'my.go.zip' }, []],
    [
      'is the exact one',
      ['hello', 'say-hello'],
      ['say-hello.zip', 'hello.zip'],
      { hello: 'hello.zip', 'say-hello': 'say-hello.zip' },
      [],
    ],
    [
      'is the exact one beside one that only ends so',
      ['hello'],
      ['evil-hello.zip', 'hello.zip'],
      { hello: 'hello.zip' },
      ['warning evil-hello.zip'],
    ],
    [
      'matches whole segments of a name with a slash',
      ['a/go'],
      ['x/a/go.zip', 'ba/go.zip'],
      { 'a/go': 'x/a/go.zip' },
      ['warning ba/go.zip'],
    ],
    ['is the single one that ends so', ['go'], ['my-go.zip'], { go: 'my-go.zip' }, ['warning my-go.zip']],
    [
      'is not one that another function has',
      ['hello', 'say-hello'],
      ['say-hello.zip'],
      { 'say-hello': 'say-hello.zip' },
      ['error hello'],
    ],
    ['is not one of several', ['go'], ['go.zip', 'go.jar'], {}, ['error go']],
    ['is not one of several in folders', ['go'], ['a/go.zip', 'b/go.zip'], {}, ['error go']],
    ['is not one of several that end so', ['go'], ['a-go.zip', 'b-go.zip'], {}, ['error go']],
    [
      'is not one that two functions could claim',
      ['go', 'o'],
      ['my-go.zip'],
      {},
      ['error my-go.zip', 'error my-go.zip'],
    ],
    ['must be there', ['go'], ['other.zip'], {}, ['error go', 'warning other.zip']],
  ])('%s', (_, functions, archives, matches, findings) => {
    expect(match(functions, archives)).toEqual({ matches, findings });
  });
});

test('no archive is the code of two functions, and an exact one is never passed over', () => {
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
