import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkEntryNames, unsafeNameReason } from '../../../../src/core/bundle/entry-names.js';
import { Findings } from '../../../../src/core/diagnostics/findings.js';

describe('the name of an entry', () => {
  test.each([
    'manifest.json',
    'static/',
    'static/a b.txt',
    'a/b/c',
    'ünïcode/日本語.png',
    'static/😀.png',
    'static/a:b',
    'a..b',
    '..a',
    'a.',
    ' a',
    'static/CON',
    'a?b#c%2e%2e&d+e [x]',
    '__proto__',
  ])('%s is safe', (name) => expect(unsafeNameReason(name)).toBeUndefined());

  test.each([
    ['', 'has an empty name'],
    ['/', 'is an absolute path'],
    ['/a', 'is an absolute path'],
    ['//a', 'is an absolute path'],
    ['a//b', 'has an empty segment in its path'],
    ['a//', 'has an empty segment in its path'],
    ['./a', 'has a "." segment in its path'],
    ['a/.', 'has a "." segment in its path'],
    ['../a', 'has a ".." segment in its path'],
    ['a/..', 'has a ".." segment in its path'],
    ['a/../b/', 'has a ".." segment in its path'],
    ['a\\b', 'has a backslash in its name'],
    ['C:/a', 'begins with a drive letter'],
    ['c:a', 'begins with a drive letter'],
    ['a\tb', 'has a control character or a text direction character in its name'],
    ['a\u001b[31m', 'has a control character or a text direction character in its name'],
    ['a\u0085', 'has a control character or a text direction character in its name'],
    ['gpj.\u202eexe', 'has a control character or a text direction character in its name'],
    ['a'.repeat(1025), 'has a name of 1025 bytes, over the limit of 1024'],
  ])('%j is not', (name, reason) => expect(unsafeNameReason(name)).toBe(reason));
});

test.each([
  [['a', 'a'], ['a: appears twice in the zip']],
  [['a', 'A'], ['A: differs from a only in case or Unicode form']],
  [['caf\u00e9', 'cafe\u0301'], ['cafe\u0301: differs from caf\u00e9 only in case or Unicode form']],
  [['stra\u00dfe', 'STRASSE'], ['STRASSE: differs from stra\u00dfe only in case or Unicode form']],
  [
    ['a', 'b', 'A', 'a'],
    ['A: differs from a only in case or Unicode form', 'a: appears twice in the zip'],
  ],
])('entries %j: %j', (names, expected) => {
  const findings = new Findings();
  checkEntryNames(
    names.map((name) => ({ name, size: 0 })),
    findings,
  );
  expect(findings.all.map(({ location, message }) => `${location}: ${message}`)).toEqual(expected);
  expect(new Set(findings.all.map(({ rule }) => rule))).toEqual(new Set(['zip/duplicate-entry']));
});

test('a safe name never points out of the folder that it is extracted to', () => {
  const segment = fc.oneof(fc.constantFrom('..', '.', '', 'C:', '~'), fc.string({ maxLength: 5 }));
  fc.assert(
    fc.property(
      fc.array(segment, { minLength: 1, maxLength: 5 }),
      fc.constantFrom('/', '\\'),
      (segments, separator) => {
        const name = segments.join(separator);
        fc.pre(unsafeNameReason(name) === undefined);
        const url = new URL(name.split('/').map(encodeURIComponent).join('/'), 'file:///root/');
        expect(url.pathname.startsWith('/root/')).toBe(true);
        expect(url.pathname.split('/')).not.toContain('..');
      },
    ),
  );
});
