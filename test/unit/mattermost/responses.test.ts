import { describe, expect, test } from 'vitest';
import { MattermostServer } from '../../../src/mattermost/mattermost-server.js';
import { manifest } from '../../support/bundle.js';
import { cannot } from '../../support/messages/aws.js';
import { MATTERMOST } from '../../support/messages/mattermost.js';
import { ANY, matching } from '../../support/messages/output.js';
import { APP, catchError, INSTALLED, respondWith, serve } from './canned-server.js';

test.each<[number, string]>([
  [200, '<html>'],
  [200, '[]'],
  [200, '"x"'],
  [204, ''],
  [404, '<html>no such page</html>'],
])('a response with %i %s is not that of a Mattermost server', async (code, body) => {
  const { url } = await serve(respondWith(code, body));
  await expect(new MattermostServer(url, 'token').checkAccess()).rejects.toMatchObject({
    code: 'NETWORK',
    message: `cannot check the admin token: ${url} does not respond like a Mattermost server`,
  });
});

describe('a successful response', () => {
  const calls = {
    listing: (server: MattermostServer) => server.list(APP),
    installation: (server: MattermostServer) => server.install(APP),
    'look-up of the listing': (server: MattermostServer) => server.findListing('com.example.test'),
    'look-up of the installation': (server: MattermostServer) => server.findInstallation('com.example.test'),
  };
  const html = '<html>log in: s3cret</html>';

  test.each<[keyof typeof calls, string]>([
    ['listing', html],
    ['listing', ''],
    ['listing', '{}'],
    ['listing', JSON.stringify(manifest({ version: '0.9.0' }))],
    ['listing', JSON.stringify(manifest({ app_id: 'com.example.other' }))],
    ['installation', html],
    ['installation', ''],
    ['installation', '[]'],
    ['look-up of the listing', html],
    ['look-up of the listing', '{}'],
    ['look-up of the listing', '[{}]'],
    ['look-up of the listing', 'null'],
    ['look-up of the installation', html],
    ['look-up of the installation', '[]'],
    ['look-up of the installation', '{"app_id":"com.example.other","deploy_type":"aws_lambda"}'],
    ['look-up of the installation', '{"app_id":"com.example.test"}'],
  ])('to a %s that is %s is an error that does not quote it', async (name, body) => {
    const { url } = await serve(respondWith(200, body));
    const error: unknown = await catchError(calls[name](new MattermostServer(url, 'token')));
    expect(error).toMatchObject({
      code: 'NETWORK',
      message: expect.stringMatching(matching(cannot(ANY, MATTERMOST.notLike(url, 'the Apps plugin')))),
    });
    expect(JSON.stringify(error) + String(error)).not.toContain('s3cret');
  });

  test.each([{ version: '0.9.0' }, { app_id: 'com.example.other' }, { deploy_type: 'http' }])(
    'to an installation of another app, %j, is an error without its secrets',
    async (changes) => {
      const { url } = await serve(respondWith(200, JSON.stringify({ ...JSON.parse(INSTALLED), ...changes })));
      const error: unknown = await catchError(new MattermostServer(url, 'token').install(APP));
      expect(error).toMatchObject({
        code: 'CONFLICT',
        message: expect.stringMatching(
          /^cannot install app com\.example\.test: \S+ installed a version other than 1\.0\.0, or did not install it from AWS$/,
        ),
      });
      expect(JSON.stringify(error) + String(error)).not.toMatch(/W3BHOOK|CLI3NT/);
    },
  );

  test('about an installed app is reduced to its manifest, without secrets', async () => {
    const { url } = await serve(respondWith(200, INSTALLED));
    const found = await new MattermostServer(url, 'token').findInstallation('com.example.test');
    expect(found).toMatchObject({ deployType: 'aws_lambda', isDisabled: false });
    expect([...(found?.manifest.keys() ?? [])]).toEqual([
      'app_id',
      'version',
      'display_name',
      'homepage_url',
      'aws_lambda',
      'SchemaVersion',
    ]);
  });
});

test.each<[number, string, object | undefined]>([
  [404, 'app com.example.test is not installed: not found\n', undefined],
  [404, '404 page not found\n', { code: 'SERVICE' }],
  [404, '', { code: 'SERVICE' }],
  [500, 'boom', { code: 'SERVICE' }],
  [503, 'boom', { code: 'SERVICE' }],
  [400, 'boom: not found', { code: 'SERVICE' }],
])('an installation counts as missing only if the plugin says so: %i %j', async (code, body, error) => {
  const { url } = await serve(respondWith(code, body));
  const lookUp = new MattermostServer(url, 'token').findInstallation('com.example.test');
  if (error === undefined) expect(await lookUp).toBeUndefined();
  else await expect(lookUp).rejects.toMatchObject(error);
});

test.each([404, 500, 503])(
  'a failed look-up of a listing does not mean that the app is not listed: %i',
  async (code) => {
    const { url } = await serve(respondWith(code, 'x: not found'));
    await expect(new MattermostServer(url, 'token').findListing('x')).rejects.toMatchObject({
      code: 'SERVICE',
    });
  },
);
