import { describe, expect, it } from 'vitest';
import { AwsUpstream, functionForPath, functionName } from '../aws-upstream.js';
import { decodeManifest } from '../manifest.js';
import { startAwsEndpoint } from './aws-endpoint.js';
import { awsFunction, manifest } from './mattermost-requests.js';

describe('the function of a call', () => {
  it.each([
    ['/', 'com-example-hello_v1-0-0_root'],
    ['/api', 'com-example-hello_v1-0-0_the-api'],
    ['/api/issues', 'com-example-hello_v1-0-0_the-api'],
    ['/apiary', 'com-example-hello_v1-0-0_the-api'],
    ['/ap', 'com-example-hello_v1-0-0_root'],
    ['api', undefined],
  ])('for %s is the one with the longest path: %s', (path, expected) => {
    const functions = [awsFunction('root', '/'), awsFunction('the api', '/api')];

    expect(functionForPath(decodeManifest(manifest({ aws_lambda: { functions } })), path)).toBe(expected);
  });

  it.each([
    ['abc', '', 'fn', 'abc__fn'],
    ['com.mattermost.servicenow', '0.1.0', 'go function', 'com-mattermost-servicenow_0-1-0_go-function'],
    ['abc', '1.0', 'x'.repeat(56), `abc_1-0_${'x'.repeat(56)}`],
  ])('of %s %s called %s has the name %s', (id, version, name, expected) => {
    expect(functionName(id, version, name)).toBe(expected);
  });

  it('with a name that is too long has 64 characters, the raw id and version first', () => {
    expect(functionName('com.example.hello', 'v1.0.0', 'x'.repeat(40))).toMatch(
      /^com\.example\.hello_v1\.0\.0_[0-9a-f]{39}$/,
    );
  });

  it('that takes longer than the server waits ends in an error', async () => {
    const silent = await startAwsEndpoint(() => new Promise(() => undefined));
    const upstream = new AwsUpstream({
      accessKeyId: 'key',
      secretAccessKey: 'secret',
      region: 'us-east-1',
      bucket: 'apps',
      endpoint: silent.url,
    });

    const call = upstream.call(decodeManifest(manifest()), { path: '/ping' }, AbortSignal.timeout(50));
    await expect(call).rejects.toThrow('context deadline exceeded');

    upstream.close();
    await silent.stop();
  });
});
