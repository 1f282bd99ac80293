import { posix, win32 } from 'node:path';
import { expect, test } from 'vitest';
import { foldersUp, isInside } from '../../../src/bundle/app-paths.js';

test.each([
  ['C:\\app', 'C:\\app', true],
  ['C:\\app\\static\\a', 'C:\\app', true],
  ['C:\\app\\..a', 'C:\\app', true],
  ['c:\\APP\\a', 'C:\\app', true],
  ['C:\\other', 'C:\\app', false],
  ['C:\\apple', 'C:\\app', false],
  ['C:\\', 'C:\\app', false],
  ['D:\\app\\a', 'C:\\app', false],
  ['\\\\server\\share\\a', 'C:\\app', false],
  ['\\\\server\\other\\a', '\\\\server\\share', false],
])('on Windows, %s is in %s: %s', (item, folder, expected) => {
  expect(isInside(item, folder, win32)).toBe(expected);
});

test.each([
  ['/app', '/app', true],
  ['/app/..a', '/app', true],
  ['/app', '/', true],
  ['/', '/app', false],
  ['/apple', '/app', false],
])('elsewhere, %s is in %s: %s', (item, folder, expected) => {
  expect(isInside(item, folder, posix)).toBe(expected);
});

test.runIf(process.platform !== 'win32')('the folders above end at the workspace', () => {
  const app = (workspaceRoot: string) => ({ path: 'a', realPath: '/w/a', workspaceRoot });
  expect([...foldersUp('/w/a/b', app('/w'))]).toEqual(['/w/a/b', '/w/a', '/w']);
  expect([...foldersUp('/w', app('/'))]).toEqual(['/w', '/']);
  expect([...foldersUp('/x', app('/w'))]).toEqual([]);
});
