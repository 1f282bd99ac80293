import { expect, test } from 'vitest';
import { resolveEndpoints, resolveVariants } from '../../../../src/core/aws/endpoints.js';

const url = (name: string): string => `http://${name}.example.com`;
const PROFILE = { endpoint_url: url('profile') };
const SERVICES = { 's3.endpoint_url': url('services'), 'cloudwatch_logs.endpoint_url': url('logs') };
const NOTHING = { env: {}, profile: {}, services: {} };

test('endpoints come from options, the variable of the service, the general one, services, the profile', () => {
  const env = { AWS_ENDPOINT_URL: url('general'), AWS_ENDPOINT_URL_STS: url('sts') };
  const settings = { env: {}, profile: PROFILE, services: SERVICES };
  expect(resolveEndpoints({ s3: url('option') }, { ...settings, env })).toMatchObject({
    ...{ s3: url('option'), sts: url('sts'), logs: url('general'), iam: url('general') },
  });
  expect(resolveEndpoints({}, settings)).toMatchObject({
    ...{ s3: url('services'), logs: url('logs'), iam: url('profile'), secretsmanager: url('profile') },
  });
  expect(resolveEndpoints({}, { ...NOTHING, env: { AWS_ENDPOINT_URL_SECRETS_MANAGER: url('sm') } })).toEqual({
    secretsmanager: url('sm'),
  });
});

test.each([
  [{ AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'TRUE' }, {}],
  [{}, { ignore_configured_endpoint_urls: 'true' }],
])('configured endpoints can be ignored, by %j or %j', (env, profile) => {
  const settings = {
    env: { AWS_ENDPOINT_URL: url('general'), ...env },
    profile: { ...PROFILE, ...profile },
    services: SERVICES,
  };
  expect(resolveEndpoints({ iam: url('option') }, settings)).toEqual({ iam: url('option') });
});

test.each([
  ['AWS_ENDPOINT_URL_S3', { ...NOTHING, env: { AWS_ENDPOINT_URL_S3: 'x' } }],
  ['AWS_ENDPOINT_URL', { ...NOTHING, env: { AWS_ENDPOINT_URL: 'http://me:secret@host' } }],
  ['endpoint_url of the profile', { ...NOTHING, profile: { endpoint_url: 'x' } }],
])('%s must be a URL', (source, settings) => {
  expect(() => resolveEndpoints({}, settings)).toThrow(`${source} is not a valid http(s) URL`);
});

test('variants come from variables, then from the profile', () => {
  expect(resolveVariants({ AWS_USE_FIPS_ENDPOINT: 'true' }, { use_dualstack_endpoint: 'true' })).toEqual({
    ...{ useFipsEndpoint: true, useDualstackEndpoint: true },
  });
  expect(resolveVariants({ AWS_USE_FIPS_ENDPOINT: 'false' }, { use_fips_endpoint: 'true' })).toEqual({
    ...{ useFipsEndpoint: false, useDualstackEndpoint: false },
  });
});
