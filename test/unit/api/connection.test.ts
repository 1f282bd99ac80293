import { expect, test } from 'vitest';
import { resolveConnection } from '../../../src/api/connection.js';

const env = { AWS_REGION: 'eu-west-1', HOME: '/does/not/exist' };

test('functions that are called with the same options share a provider of credentials', async () => {
  let count = 0;
  const credentials = async () => ({ accessKeyId: `key-${++count}`, secretAccessKey: 'secret' });
  const aws = { credentials };
  const ask = async (options: { readonly aws: typeof aws }) => {
    const { connection } = await resolveConnection({ ...options, env });
    return typeof connection.credentials === 'function' ? connection.credentials() : undefined;
  };
  for (const options of [{ aws }, { aws }]) {
    expect(await ask(options)).toMatchObject({ accessKeyId: 'key-1' });
  }
  expect(await ask({ aws: { credentials } })).toMatchObject({ accessKeyId: 'key-2' });
});

test('without credentials and a profile, what the environment names is used', async () => {
  const key = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret' };
  const { connection, regionSource } = await resolveConnection({ aws: {}, env: { ...env, ...key } });
  expect(connection).toMatchObject({
    ...{ region: 'eu-west-1', credentialsSource: 'AWS_ACCESS_KEY_ID' },
    credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
  });
  expect(regionSource).toBe('AWS_REGION');
});

test.each([
  [{ AWS_REGION: '' }, 'MISSING_VARIABLE', 'no AWS region is set'],
  [{ AWS_REGION: 'US EAST' }, 'INVALID_VARIABLE', 'AWS_REGION: "US EAST" is not a valid AWS region'],
  [{ HTTPS_PROXY: 'x:y:z' }, 'INVALID_VARIABLE', 'HTTPS_PROXY is not the URL of an http(s) proxy'],
])('%j is an error', async (changes, code, message) => {
  const options = { aws: { credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' } } };
  await expect(resolveConnection({ ...options, env: { ...env, ...changes } })).rejects.toMatchObject({
    code,
    message,
  });
});
