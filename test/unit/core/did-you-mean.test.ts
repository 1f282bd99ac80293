import fc from 'fast-check';
import { expect, test } from 'vitest';
import { didYouMean, findSimilar, findSimilarApp } from '../../../src/core/did-you-mean.js';

const FIELDS = ['app_id', 'display_name', 'on_install', 'on_uninstall', 'requested_permissions', 'icon'];

test.each([
  ['on_instal', 'on_install'],
  ['ON_INSTAL', 'on_install'],
  ['display_nmae', 'display_name'],
  ['requested_permision', 'requested_permissions'],
  // Only the last part of the word.
  ['permissions', 'requested_permissions'],
  ['assets', undefined],
  ['x', undefined],
  ['', undefined],
  ['a'.repeat(100_000), undefined],
])('%s was probably meant to be %s', (word, similar) => {
  expect(findSimilar(word, FIELDS)).toBe(similar);
});

test('the most similar word is found, the first of several', () => {
  expect(findSimilar('nodejs23.x', ['nodejs22.x', 'nodejs24.x'])).toBe('nodejs22.x');
  expect(findSimilar('install/icom', ['install/app-id', 'install/icon'])).toBe('install/icon');
});

test('a known word is found, and so is one with two letters swapped', () => {
  fc.assert(
    fc.property(fc.constantFrom(...FIELDS), fc.nat(), (word, position) => {
      const at = position % (word.length - 1);
      const swapped = `${word.slice(0, at)}${word[at + 1]}${word[at]}${word.slice(at + 2)}`;
      expect([findSimilar(word, FIELDS), findSimilar(swapped, FIELDS)]).toEqual([word, word]);
    }),
  );
});

test('the fix suggests the similar word, or something else', () => {
  expect(didYouMean('icn', FIELDS, 'remove it')).toBe('did you mean "icon"?');
  expect(didYouMean('assets', FIELDS, 'remove it')).toBe('remove it');
});

test.each([
  ['com.example.orderz', 'com.example.orders'],
  ['com.exmaple.orders', 'com.example.orders'],
  ['COM.example.Orders', 'com.example.orders'],
  ['com.example.billing', undefined],
  ['com.example.', undefined],
  ['orders', undefined],
])('app %s was probably meant to be %s', (id, similar) => {
  expect(findSimilarApp(id, ['com.example.agenda', 'com.example.orders'])).toBe(similar);
});
