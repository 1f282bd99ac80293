import { expect, test } from 'vitest';
import { pushTarget } from '../../../../src/core/deployer/pushgateway-url.js';

const GROUP = '/metrics/job/appsctl_deployer/environment/test';

test.each([
  ['http://gateway:9091', 'http://gateway:9091', undefined],
  ['http://gateway:9091/', 'http://gateway:9091', undefined],
  ['https://example.com/push/gateway/', 'https://example.com/push/gateway', undefined],
  ['https://me:p%40ss@example.com/base', 'https://example.com/base', 'me:p@ss'],
])('%s is a Pushgateway', (text, name, user) => {
  const authorization = user && `Basic ${Buffer.from(user).toString('base64')}`;
  expect(pushTarget(text, 'test')).toEqual({ name, url: `${name}${GROUP}`, authorization });
});

test.each([
  '',
  'gateway:9091',
  'ftp://gateway',
  'http://gateway/?a=b',
  'http://gateway/#a',
  'http://a%:b@gateway',
])('%j is not', (text) => {
  expect(pushTarget(text, 'test')).toBeUndefined();
});

test.each(['.', '..'])('an environment %s is not lost from the path', (environment) => {
  const url = pushTarget('http://gateway', environment)?.url ?? '';
  const [, , , , , encoded = ''] = new URL(url).pathname.split('/');
  expect(Buffer.from(encoded, 'base64url').toString()).toBe(environment);
});
