import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareUtf8, decodeUtf8 } from '../../../src/core/text.js';

test('keys are ordered by UTF-8 bytes, unlike UTF-16', () => {
  const keys = ['\u{1f600}', '\uffee', 'b', 'a', 'B', ''];
  expect([...keys].sort(compareUtf8)).toEqual(['', 'B', 'a', 'b', '\uffee', '\u{1f600}']);
});

test('any two strings are ordered as their UTF-8 bytes are', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', '\u00e9', '\ud7ff', '\uffee', '\u{10000}', '\u{1f600}'),
  });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});

test('UTF-8 is decoded as it is or not at all', () => {
  expect(decodeUtf8(Buffer.from('\ufeffa\u{1f600}'))).toBe('\ufeffa\u{1f600}');
  expect(decodeUtf8(Buffer.from([0x61, 0xe9]))).toBeUndefined();
  expect(decodeUtf8(Buffer.from('b'))).toBe('b');
});
