import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareUploads, isAllowedApp, isAppPattern, isBundle } from '../../../../src/core/deployer/queue.js';
import type { ListedBundle } from '../../../../src/core/deployer/upload.js';

function object(changes: Partial<ListedBundle> = {}): ListedBundle {
  return { key: 'app.zip', size: 1, etag: 'e', uploadedAt: 0, storageClass: undefined, ...changes };
}

describe('an object', () => {
  test.each<[string, Partial<ListedBundle>, boolean]>([
    ['of any case', { key: 'a/APP.Zip' }, true],
    ['without a name', { key: '.zip' }, true],
    ['that is no zip', { key: 'app.zip.txt' }, false],
    ['that is a folder', { key: 'app.zip/' }, false],
    ['that ends like one', { key: 'appzip' }, false],
    ['that is empty', { size: 0 }, false],
    ['of another storage class', { storageClass: 'STANDARD_IA' }, true],
    ['that can be read at once', { storageClass: 'GLACIER_IR' }, true],
    ['in the archive', { storageClass: 'GLACIER' }, false],
    ['deep in the archive', { storageClass: 'DEEP_ARCHIVE' }, false],
  ])('%s is a bundle: %j: %s', (_, changes, expected) => {
    expect(isBundle(object(changes))).toBe(expected);
  });
});

test('bundles are sorted by their age, and then by their keys', () => {
  const uploads = fc.record({ key: fc.string(), uploadedAt: fc.integer({ min: 0, max: 3 }) });
  fc.assert(
    fc.property(fc.uniqueArray(uploads, { selector: ({ key }) => key }), (items) => {
      const sorted = items.map((item) => object(item)).sort(compareUploads);
      for (const [index, item] of sorted.slice(1).entries()) {
        const before = sorted[index] as ListedBundle;
        expect(before.uploadedAt <= item.uploadedAt).toBe(true);
        if (before.uploadedAt === item.uploadedAt) expect(before.key < item.key).toBe(true);
      }
    }),
  );
});

test.each<[readonly string[] | undefined, string, boolean]>([
  [undefined, 'com.example.app', true],
  [[], 'com.example.app', false],
  [['com.example.app'], 'com.example.app', true],
  [['com.example.app'], 'com.example.app2', false],
  [['example.app'], 'com.example.app', false],
  [['com.example.*'], 'com.example.app', true],
  [['com.example.*'], 'com.examples.app', false],
  [['com.example.*'], 'com.example.', true],
  [['comXexample.app'], 'com.example.app', false],
  [['com.example.app'], 'comXexample.app', false],
  [['*'], 'com.example.app', true],
  [['*.app', 'org.*'], 'org.example.x', true],
  [['c*x*p'], 'com.example.app', true],
  [['Com.*'], 'com.example.app', false],
])('patterns %j allow %s: %s', (patterns, id, expected) => {
  expect(isAllowedApp(id, patterns)).toBe(expected);
});

test.each([
  ['com.example.*', true],
  ['', false],
  ['com example', false],
  ['com/example', false],
  ['com.example?', false],
])('%j is a pattern: %s', (text, expected) => {
  expect(isAppPattern(text)).toBe(expected);
});
