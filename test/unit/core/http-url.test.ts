import { expect, test } from 'vitest';
import { isHttpUrl, parseUrl } from '../../../src/core/http-url.js';

test('parses URLs with characters beyond ASCII, also when it has been called so often that it is optimized', () => {
  for (let count = 0; count < 20_000; count++) isHttpUrl('https://example.com/');
  expect(isHttpUrl('https://bücher.example/')).toBe(true);
  expect(parseUrl('https://bücher.example/')?.host).toBe('xn--bcher-kva.example');
});

test('parses relative URLs', () => {
  expect(parseUrl('/a', 'https://example.com/b')?.href).toBe('https://example.com/a');
  expect(parseUrl('/a')).toBeUndefined();
});
