import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readPackageJsonFields } from '../../../src/bundle/package-json-fields.js';
import { AppFolder } from '../../../src/bundle/packaging/app-folder.js';
import { readFile } from '../../../src/bundle/packaging/read-files.js';
import { createTempApp } from '../../support/temp-app.js';

test.each([
  ['{"type":"module"}', [['type', 'module']]],
  ['\ufeff{"a":1}', [['a', 1]]],
  ['{', []],
  ['null', []],
])('the package.json %j has the fields %j', async (text, expected) => {
  await using app = await createTempApp({ 'package.json': text });
  expect([...(readPackageJsonFields(app.path, { path: '.', realPath: app.path }) ?? [])]).toEqual(expected);
});

test('a folder without package.json, and a file, have none', async () => {
  await using app = await createTempApp({ file: '' });
  const paths = { path: '.', realPath: app.path };
  expect(readPackageJsonFields(app.path, paths)).toBeUndefined();
  expect(readPackageJsonFields(join(app.path, 'file'), paths)).toBeUndefined();
});

test('a package.json that cannot be read is an error', async () => {
  await using app = await createTempApp({ 'large/package.json': '' });
  await truncate(join(app.path, 'large/package.json'), 5_000_000);
  await mkdir(join(app.path, 'folder/package.json'), { recursive: true });
  const problemOf = (folder: string): unknown => {
    try {
      return readPackageJsonFields(join(app.path, folder), { path: 'app', realPath: app.path });
    } catch (error) {
      return error;
    }
  };
  expect(problemOf('large')).toMatchObject({
    code: 'INVALID_BUNDLE',
    message: 'app: large/package.json: cannot be read: it has 5000000 bytes, over the limit of 4194304',
    findings: [{ rule: 'package/unreadable', location: 'large/package.json' }],
  });
  expect(problemOf('folder')).toMatchObject({
    message: 'app: folder/package.json: cannot be read: it is a folder',
  });
});

test('a file that has another size than when it was measured is an error', async () => {
  await using app = await createTempApp({ 'go/index.js': 'longer' });
  const folder = await AppFolder.open(app.path);
  const file = join(app.path, 'go/index.js');
  expect(readFile(file, 6, folder).toString()).toBe('longer');
  await writeFile(file, 'shorter?');
  expect(() => readFile(file, 6, folder)).toThrow(
    `${app.path}: go/index.js: has changed while it was packaged`,
  );
});
