import { expect, test } from 'vitest';
import { LISTEN_ADDRESS_FORM, parseListenAddress } from '../../../../src/core/deployer/listen-address.js';

test.each([
  ['0.0.0.0:9464', '0.0.0.0', 9464],
  ['[::]:9464', '::', 9464],
  ['[fe80::1]:80', 'fe80::1', 80],
  ['localhost:0', 'localhost', 0],
  [':65535', undefined, 65_535],
])('%s is an address', (text, host, port) => {
  expect(parseListenAddress(text)).toEqual({ host, port });
});

test.each([
  '',
  '9464',
  ':',
  'localhost',
  '::9464',
  '[::]',
  ':65536',
  ':-1',
  'http://localhost:9464',
  ':9464/metrics',
  'a b:1',
])('%j is not', (text) => {
  expect(parseListenAddress(text)).toBeUndefined();
});

test('what a message names is valid', () => {
  expect(LISTEN_ADDRESS_FORM.match(/\S*:\d+/g)?.map(parseListenAddress)).not.toContain(undefined);
});
