import { expect, test } from 'vitest';
import { coversFolder, readPnpmPackages } from '../../../../src/bundle/packaging/workspace-patterns.js';

test.each([
  [['packages/*'], 'packages/app', true],
  [['./packages/*/'], 'packages/app', true],
  [['packages/*'], 'packages/app/build', true],
  [['app/*'], 'app', true],
  [['packages/*'], 'app', false],
  [['packages/*'], 'other/app', false],
  [['packages/a*p'], 'packages/app', true],
  [['packages/a?'], 'packages/app', false],
  [['packages/a?p'], 'packages/app', true],
  [['app*'], 'my-app', false],
  [['**'], 'any/app', true],
  [['packages/**'], 'packages/any/app', true],
  [['packages/**/app'], 'packages/any/app', true],
  [['{packages,apps}/*'], 'apps/app', true],
  [['*', '!app'], 'app', false],
  [['**', '!**/test/**'], 'app', true],
  [['**', '!**/test/**'], 'a/test/app', false],
  [['a/**/b/*'], 'a', true],
  [['a/**/b/*'], 'a/x/y/b/app', true],
  [['packages/*', '!packages/other'], 'packages/app', true],
  [['packages/*', '!packages/app/test'], 'packages/app', true],
  [['.'], 'app', false],
  [[], 'app', false],
])('%j have the folder %s: %s', (patterns, folder, expected) => {
  expect(coversFolder(patterns, folder)).toBe(expected);
});

test.each([
  [
    'packages:\n  # All\n  - \'packages/*\' # here\n  - "apps/*"\n  - tools\n\ncatalog:\n  - no',
    ['packages/*', 'apps/*', 'tools'],
  ],
  ['catalog: {}\npackages:\r\n- a\r\n- b/**\r\n', ['a', 'b/**']],
  ["packages: [a, 'b/*', ]", ['a', 'b/*']],
  ['packages: [\n  a,\n  "b"\n]\nx: [c]', ['a', 'b']],
  ['packages:', []],
  ['onlyBuiltDependencies:\n  - esbuild', []],
  ['other:\n  packages:\n    - a', []],
  ['', []],
])('the packages of the pnpm-workspace.yaml %j are %j', (text, expected) => {
  expect(readPnpmPackages(text)).toEqual(expected);
});
