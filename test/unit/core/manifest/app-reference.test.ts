import { expect, test } from 'vitest';
import { parseAppReference } from '../../../../src/core/manifest/app-reference.js';

test.each([
  ['com.example.app', 'com.example.app', undefined],
  ['com.example.app@v1.2.0', 'com.example.app', 'v1.2.0'],
  ['app@1@2', 'app', '1@2'],
])('%s', (text, id, version) => {
  expect(parseAppReference(text)).toEqual({ id, version });
});

test.each(['', '@', '@1.0.0', 'app@'])('%j is not an app', (text) => {
  expect(() => parseAppReference(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
});
