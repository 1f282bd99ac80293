import { expect, test } from 'vitest';
import { MattermostServer } from '../../../src/mattermost/mattermost-server.js';
import { cannot } from '../../support/messages/aws.js';
import { MATTERMOST, MATTERMOST_ACTION, MATTERMOST_HINT } from '../../support/messages/mattermost.js';
import { ANY, matching } from '../../support/messages/output.js';
import { APP, catchError, respondWith, serve } from './canned-server.js';

/** Matches the message for a response. */
function refusal(status: number, reason: string): unknown {
  const action = MATTERMOST_ACTION.install('com.example.test');
  return expect.stringMatching(matching(cannot(action, MATTERMOST.responds(ANY, status, reason))));
}

test.each<[number, string, object]>([
  [
    401,
    '{"message":"Invalid session"}',
    {
      code: 'ACCESS_DENIED',
      message: refusal(401, 'Invalid session'),
      hint: MATTERMOST_HINT.checkToken('mattermost.token'),
    },
  ],
  [
    401,
    'access to this operation is limited to system administrators, or plugins: unauthorized\n',
    { code: 'ACCESS_DENIED', hint: 'set mattermost.token to the token of a system admin' },
  ],
  [
    401,
    'user ID is required: unauthorized\n',
    { code: 'ACCESS_DENIED', hint: expect.stringMatching(/multi-factor authentication/) },
  ],
  [
    403,
    '<!DOCTYPE html><title>Access denied</title>',
    {
      code: 'ACCESS_DENIED',
      message: refusal(403, 'Forbidden'),
      hint: 'check mattermost.url, and whether a proxy responds instead of the server',
    },
  ],
  [403, 'forbidden', { code: 'ACCESS_DENIED', message: refusal(403, 'forbidden') }],
  [
    404,
    '404 page not found\n',
    {
      code: 'SERVICE',
      message: refusal(404, '404 page not found'),
      hint: 'check mattermost.url, and that the Apps plugin is enabled',
    },
  ],
  [404, '', { message: refusal(404, 'Not Found') }],
  [
    404,
    'failed to find manifest to install app: com.example.test: not found\n',
    { hint: expect.stringMatching(/^try again/) },
  ],
  [429, 'limit exceeded', { hint: expect.stringMatching(/wait a moment/) }],
  [
    500,
    'boom\n',
    {
      code: 'SERVICE',
      message: refusal(500, 'boom'),
      hint: MATTERMOST_HINT.seeLog,
    },
  ],
  [
    500,
    'deployment type "AWS Lambda" is not configured on this Mattermost server\n',
    { hint: MATTERMOST_HINT.serverVariables('init({ create: true })') },
  ],
  [
    500,
    'failed to install, /ping path is not accessible: failed to call /ping endpoint: invoke AWS Lambda function f: AccessDeniedException: User: u is not authorized\n\tstatus code: 403, request id: r\n',
    {
      message: expect.stringMatching(
        /AccessDeniedException: User: u is not authorized, status code: 403, request id: r$/,
      ),
      hint: expect.stringMatching(/own AWS key cannot invoke the function/),
    },
  ],
  [
    500,
    'failed to install, /ping path is not accessible: failed to call /ping endpoint: invoke AWS Lambda function f: RequestCanceled: request context canceled\ncaused by: context deadline exceeded\n',
    {
      message: expect.stringMatching(/request context canceled, caused by: context deadline exceeded$/),
      hint: expect.stringMatching(/within 5 s, including its cold start: .* with functions\.memory$/),
    },
  ],
  [
    500,
    'failed to install, /ping path is not accessible: failed to call /ping endpoint: function failed with status code 404, body gone\n',
    { hint: expect.stringMatching(/must respond to \/ping with status 200/) },
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
      message: refusal(501, 'Plugins have been disabled. Please check your logs for details.'),
      hint: MATTERMOST_HINT.enablePlugins,
    },
  ],
  [
    502,
    '<html><head><title>502 Bad Gateway</title></head></html>',
    {
      message: refusal(502, 'Bad Gateway'),
      hint: expect.stringMatching(/proxy/),
    },
  ],
])('a response with %i %j is explained', async (code, body, error) => {
  const { url } = await serve(respondWith(code, body));
  await expect(new MattermostServer(url, 'token').install(APP)).rejects.toMatchObject(error);
});

test('several problems of a manifest are joined to one line, which is truncated after a whole problem', async () => {
  const problems = (count: number) =>
    Array.from({ length: count }, (_, index) => `problem ${index} ${'x'.repeat(300)}: invalid input`);
  const formatList = (all: string[]) =>
    `${all.length} errors occurred:${all.map((problem) => `\n\t* ${problem}`).join('')}\n\n: invalid input\n`;
  const readReason = async (all: string[]): Promise<string> => {
    const { url } = await serve(respondWith(400, formatList(all)));
    const error: unknown = await catchError(new MattermostServer(url, 'token').list(APP));
    return String(error).replace(/^.* responds with 400: /, '');
  };
  const two = problems(2);
  expect(await readReason(two)).toBe(`2 errors occurred: ${two.join('; ')}: invalid input`);
  const nine = problems(9);
  expect(await readReason(nine)).toBe(`9 errors occurred: ${nine.slice(0, 4).join('; ')}; …`);
});

test('text from outside is converted to one line of limited length without control characters', async () => {
  const { url } = await serve(respondWith(500, `a\u0000\u001b[31mb\u2028c ${'y'.repeat(20_000)}`));
  const error: unknown = await catchError(new MattermostServer(url, 'token').install(APP));
  expect(String(error)).toMatch(/responds with 500: a, \[31mb, c y+ …$/);
  expect(String(error).length).toBeLessThan(2_000);
  const far = await serve(respondWith(302, '', { location: `https://example.com/${'z'.repeat(5_000)}` }));
  const redirect: unknown = await catchError(new MattermostServer(far.url, 'token').install(APP));
  expect(String(redirect)).toMatch(/redirects to https:\/\/example\.com\/z{180} …$/);
});
