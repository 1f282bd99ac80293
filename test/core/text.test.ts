import { expect, test } from 'vitest';
import { compareUtf8 } from '../../src/core/text.js';

test('keys are ordered by UTF-8 bytes, unlike UTF-16', () => {
  const keys = ['\u{1f600}', '\uffee', 'b', 'a', 'B', ''];
  expect([...keys].sort(compareUtf8)).toEqual(['', 'B', 'a', 'b', '\uffee', '\u{1f600}']);
});
