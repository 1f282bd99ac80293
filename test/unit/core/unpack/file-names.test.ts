import { describe, expect, test } from 'vitest';
import type { BundleFunction } from '../../../../src/core/bundle/bundle.js';
import { Findings } from '../../../../src/core/diagnostics/findings.js';
import { checkFileNames } from '../../../../src/core/unpack/file-names.js';
import { bundleOf } from '../deploy/builders.js';

/** What is found about a bundle with functions and assets of these names. */
function check(functions: readonly string[], assets: readonly string[] = []): string[] {
  const findings = new Findings();
  const bundle = bundleOf({ assets });
  checkFileNames(
    'app.zip',
    { ...bundle, functions: functions.map((name) => ({ name, location: name }) as BundleFunction) },
    findings,
  );
  expect(
    findings.all.every(({ rule, severity }) => rule === 'unpack/file-name' && severity === 'error'),
  ).toBe(true);
  return findings.all.map(({ location, message }) => `${location}: ${message}`);
}

test('names that every system allows are accepted', () => {
  const assets = [
    'a b.png',
    '.hidden',
    'ü/ü.png',
    'con-text',
    'com10',
    'a/nulls',
    'a.b/c',
    `${'x'.repeat(255)}`,
  ];
  expect(check(['go', 'hello world', 'a.b', 'com', 'x'.repeat(251)], assets)).toEqual([]);
});

test.each([
  ['a/b', 'it has a slash or backslash'],
  ['../../b', 'it has a slash or backslash'],
  ['a\\b', 'it has a slash or backslash'],
  ['a:b', 'it has ":", which Windows does not allow'],
  ['a\nb', 'it has "\\n", which Windows does not allow'],
  ['NUL', 'it has a name that Windows reserves for a device'],
  ['com1.x', 'it has a name that Windows reserves for a device'],
  ['x'.repeat(252), 'it has a name over 255 bytes'],
])('the function %j is refused', (name, reason) => {
  expect(check([name])).toEqual([`${name}.name: cannot be unpacked as functions/${name}.zip: ${reason}`]);
});

test.each([
  ['a?.png', 'it has "?", which Windows does not allow'],
  ['a/b /c', 'it has a name that ends with a dot or a space, which Windows does not allow'],
  ['end.', 'it has a name that ends with a dot or a space, which Windows does not allow'],
  ['Aux/c', 'it has a name that Windows reserves for a device'],
  ['LPT³.txt', 'it has a name that Windows reserves for a device'],
  [`a/${'ü'.repeat(128)}`, 'it has a name over 255 bytes'],
])('the asset %j is refused', (path, reason) => {
  expect(check(['go'], [path])).toEqual([`static/${path}: cannot be unpacked as static/${path}: ${reason}`]);
});

describe('two that would be the same file are refused:', () => {
  test('functions that differ in case, or in Unicode form', () => {
    expect(check(['Ask', 'ask', 'u\u0308', 'ü'])).toEqual([
      'ask.name: cannot be unpacked as functions/ask.zip: it would be the same file as functions/Ask.zip',
      'ü.name: cannot be unpacked as functions/ü.zip: it would be the same file as functions/u\u0308.zip',
    ]);
  });

  test('an asset and the folder of another one', () => {
    expect(check(['go'], ['Img', 'img/a/b.png'])).toEqual([
      'static/Img: cannot be unpacked as static/Img: it would be a file where static/img is a folder',
    ]);
  });
});

test('many folders are refused at once, before they are all looked for', () => {
  const findings = new Findings();
  const assets = Array.from({ length: 15_000 }, (_, index) => `${index}${'/x'.repeat(500)}`);
  checkFileNames('app.zip', bundleOf({ assets }), findings);
  expect(findings.all).toEqual([
    {
      rule: 'zip/too-large',
      severity: 'error',
      location: 'app.zip',
      message: 'has files in more than 20000 folders, the limit for unpacking',
      fix: 'use fewer folders',
    },
  ]);
});

test('files in the same folders are no more folders', () => {
  const assets = Array.from({ length: 15_000 }, (_, index) => `${'x/'.repeat(500)}${index}`);
  expect(check(['go'], assets)).toEqual([]);
});
