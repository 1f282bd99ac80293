import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareUtf8, count, cutText, decodeUtf8, joinFirst } from '../../../src/core/text.js';

test('compareUtf8 orders by UTF-8 bytes, not by UTF-16 code units', () => {
  const keys = ['\u{1f600}', '\uffee', 'b', 'a', 'B', ''];
  expect([...keys].sort(compareUtf8)).toEqual(['', 'B', 'a', 'b', '\uffee', '\u{1f600}']);
});

test('compareUtf8 agrees with a comparison of the encoded bytes', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', '\u00e9', '\ud7ff', '\uffee', '\u{10000}', '\u{1f600}'),
  });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});

test('decodeUtf8 drops and replaces nothing', () => {
  expect(decodeUtf8(Buffer.from('\ufeffa\u{1f600}'))).toBe('\ufeffa\u{1f600}');
  expect(decodeUtf8(Buffer.from([0x61, 0xe9]))).toBeUndefined();
  expect(decodeUtf8(Buffer.from('b'))).toBe('b');
});

test('joinFirst says how many names it leaves out', () => {
  expect(joinFirst([], 2)).toBe('');
  expect(joinFirst(['a', 'b'], 2)).toBe('a, b');
  expect(joinFirst(['a', 'b', 'c'], 2)).toBe('a, b and 1 more');
  expect(joinFirst(['a', 'b'], 2, 7)).toBe('a, b and 5 more');
});

test.each([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'abc…'],
  ['', 0, ''],
])('%j is cut after %i characters: %j', (text, limit, expected) => {
  expect(cutText(text, limit)).toBe(expected);
});

test('count adds an s unless it is one', () => {
  expect([0, 1, 2].map((number) => count(number, 'bundle'))).toEqual(['0 bundles', '1 bundle', '2 bundles']);
});
