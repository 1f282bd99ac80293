import { expect, test } from 'vitest';
import { MattermostServer } from '../../../src/mattermost/mattermost-server.js';
import { APP, failureOf, serve, status } from './canned-server.js';

test.each<[number, string, object]>([
  [
    401,
    '{"message":"Invalid session"}',
    {
      code: 'ACCESS_DENIED',
      message: expect.stringMatching(/answers 401: Invalid session$/),
      hint: 'check MM_ADMIN_TOKEN: the server does not accept it',
    },
  ],
  [
    401,
    'access to this operation is limited to system administrators, or plugins: unauthorized\n',
    { code: 'ACCESS_DENIED', hint: 'MM_ADMIN_TOKEN must be the token of a system admin' },
  ],
  [
    401,
    'user ID is required: unauthorized\n',
    { code: 'ACCESS_DENIED', hint: expect.stringMatching(/multi-factor authentication/) },
  ],
  [403, 'forbidden', { code: 'ACCESS_DENIED', message: expect.stringMatching(/answers 403: forbidden$/) }],
  [
    404,
    '404 page not found\n',
    {
      code: 'SERVICE',
      message: expect.stringMatching(/answers 404: 404 page not found$/),
      hint: 'check MM_SERVICESETTINGS_SITEURL, and that the Apps plugin is enabled',
    },
  ],
  [404, '', { message: expect.stringMatching(/answers 404: Not Found$/) }],
  [
    404,
    'failed to find manifest to install app: com.example.test: not found\n',
    { hint: expect.stringMatching(/^run the same command again/) },
  ],
  [429, 'limit exceeded', { hint: expect.stringMatching(/wait a moment/) }],
  [
    500,
    'boom\n',
    {
      code: 'SERVICE',
      message: expect.stringMatching(/^cannot install app com\.example\.test: .* answers 500: boom$/),
      hint: 'look at the log of the Mattermost server',
    },
  ],
  [
    500,
    'deployment type "AWS Lambda" is not configured on this Mattermost server\n',
    { hint: expect.stringMatching(/start the server with MM_APPS_AWS_ACCESS_KEY/) },
  ],
  [
    500,
    'failed to install, /ping path is not accessible: failed to call /ping endpoint: invoke AWS Lambda function f: AccessDeniedException: User: u is not authorized\n\tstatus code: 403, request id: r\n',
    {
      message: expect.stringMatching(
        /AccessDeniedException: User: u is not authorized, status code: 403, request id: r$/,
      ),
      hint: expect.stringMatching(/own AWS key may not invoke the function/),
    },
  ],
  [
    500,
    'failed to install, /ping path is not accessible: failed to call /ping endpoint: invoke AWS Lambda function f: RequestCanceled: request context canceled\ncaused by: context deadline exceeded\n',
    {
      message: expect.stringMatching(/request context canceled, caused by: context deadline exceeded$/),
      hint: expect.stringMatching(/within 5 s, its cold start included/),
    },
  ],
  [
    500,
    'failed to install, /ping path is not accessible: failed to call /ping endpoint: function failed with status code 404, body gone\n',
    { hint: expect.stringMatching(/must answer \/ping with the status 200/) },
  ],
  [
    500,
    "failed to get bot icon: failed to download icon: i.png: can't download from S3:bucket:b, path:i.png: failed to download file: AccessDenied: Access Denied\n\tstatus code: 403, request id: r, host id: h\n",
    { hint: expect.stringMatching(/must be able to read the icon/) },
  ],
  [
    500,
    'failed to create OAuth2 App: CreateOAuthApp: The system admin has turned off OAuth2 Service Provider.\n',
    { hint: expect.stringMatching(/enable the OAuth 2\.0 service provider/) },
  ],
  [
    501,
    '{"id":"app.plugin.disabled.app_error","message":"Plugins have been disabled. Please check your logs for details."}',
    {
      message: expect.stringMatching(
        /answers 501: Plugins have been disabled\. Please check your logs for details\.$/,
      ),
      hint: expect.stringMatching(/MM_PLUGINSETTINGS_ENABLE=true/),
    },
  ],
  [
    502,
    '<html><head><title>502 Bad Gateway</title></head></html>',
    { message: expect.stringMatching(/answers 502: Bad Gateway$/), hint: expect.stringMatching(/proxy/) },
  ],
])('an answer of %i %j', async (code, body, error) => {
  const { url } = await serve(status(code, body));
  await expect(new MattermostServer(url, 'token').install(APP)).rejects.toMatchObject(error);
});

test('several problems of a manifest are one line, and none is cut in half', async () => {
  const problems = (count: number) =>
    Array.from({ length: count }, (_, index) => `problem ${index} ${'x'.repeat(300)}: invalid input`);
  const listOf = (all: string[]) =>
    `${all.length} errors occurred:${all.map((problem) => `\n\t* ${problem}`).join('')}\n\n: invalid input\n`;
  const reasonOf = async (all: string[]): Promise<string> => {
    const { url } = await serve(status(400, listOf(all)));
    const error: unknown = await failureOf(new MattermostServer(url, 'token').list(APP));
    return String(error).replace(/^.* answers 400: /, '');
  };
  const two = problems(2);
  expect(await reasonOf(two)).toBe(`2 errors occurred: ${two.join('; ')}: invalid input`);
  const nine = problems(9);
  expect(await reasonOf(nine)).toBe(`9 errors occurred: ${nine.slice(0, 4).join('; ')}; …`);
});

test('text from outside is one line without control characters, and not long', async () => {
  const { url } = await serve(status(500, `a\u0000\u001b[31mb\u2028c ${'y'.repeat(20_000)}`));
  const error: unknown = await failureOf(new MattermostServer(url, 'token').install(APP));
  expect(String(error)).toMatch(/answers 500: a, \[31mb, c y+ …$/);
  expect(String(error).length).toBeLessThan(2_000);
  const far = await serve(status(302, '', { location: `https://example.com/${'z'.repeat(5_000)}` }));
  const redirect: unknown = await failureOf(new MattermostServer(far.url, 'token').install(APP));
  expect(String(redirect)).toMatch(/redirects to https:\/\/example\.com\/z{180} …$/);
});
