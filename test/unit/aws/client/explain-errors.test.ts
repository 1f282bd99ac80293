import { describe, expect, test } from 'vitest';
import { withExplainedErrors } from '../../../../src/aws/client/explain-errors.js';
import type { AppsctlError } from '../../../../src/core/diagnostics/error.js';
import { connectionTo } from '../../../support/connection.js';

const { connection } = connectionTo({
  ...{ endpoint: 'http://127.0.0.1:1', region: 'eu-south-1' },
  admin: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
});
const onAws = {
  ...connection,
  endpoints: { iam: undefined, lambda: undefined, s3: undefined, sts: undefined },
};

/** What a failure with the SDK's error becomes. */
async function explained(
  error: { name: string; message?: string; code?: string; status?: number },
  secrets: readonly string[] = [],
): Promise<AppsctlError> {
  const { name, message = 'a message', code, status = 400 } = error;
  const thrown = Object.assign(new Error(message), { name, code, $metadata: { httpStatusCode: status } });
  const failing = withExplainedErrors(onAws, 'do it', () => Promise.reject(thrown), secrets);
  return failing.then(
    () => expect.fail('it does not fail'),
    (explanation: AppsctlError) => explanation,
  );
}

describe('an error of AWS', () => {
  const key = /^check MM_APPS_DEPLOY_AWS_ACCESS_KEY; .*region eu-south-1 must be enabled/;
  const secret = 'check that the secret key belongs to the key in MM_APPS_DEPLOY_AWS_ACCESS_KEY';
  const token = /^get new temporary credentials for MM_APPS_DEPLOY_AWS_ACCESS_KEY/;

  test.each<[name: string, code: string, hint: string | RegExp]>([
    ['InvalidClientTokenId', 'CREDENTIALS', key],
    ['UnrecognizedClientException', 'CREDENTIALS', key],
    ['InvalidAccessKeyId', 'CREDENTIALS', key],
    ['SignatureDoesNotMatch', 'CREDENTIALS', secret],
    ['InvalidSignatureException', 'CREDENTIALS', secret],
    ['IncompleteSignature', 'CREDENTIALS', secret],
    ['MissingAuthenticationToken', 'CREDENTIALS', secret],
    ['ExpiredToken', 'CREDENTIALS', token],
    ['ExpiredTokenException', 'CREDENTIALS', token],
    ['InvalidToken', 'CREDENTIALS', token],
    ['TokenRefreshRequired', 'CREDENTIALS', token],
    ['RequestTimeTooSkewed', 'SERVICE', 'set the clock of this machine'],
    ['RequestExpired', 'NETWORK', /^check how fast the connection is/],
    ['TimeoutError', 'NETWORK', /^check the network/],
    [
      'AccessDeniedException',
      'ACCESS_DENIED',
      'the user of MM_APPS_DEPLOY_AWS_ACCESS_KEY needs this permission',
    ],
    ['LimitExceededException', 'LIMIT', /^$/],
    ['CodeStorageExceededException', 'LIMIT', /75 GB/],
  ])('%s is %s, and says what to do', async (name, code, hint) => {
    const error = await explained({ name });
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^cannot do it: /);
    expect(error.hint ?? '').toMatch(hint);
  });

  test('about a signature that has expired is one of time, not of the secret key', async () => {
    const message = 'Signature expired: 20261127T000000Z is now earlier than 20261127T000100Z (… - 5 min.)';
    expect(await explained({ name: 'InvalidSignatureException', message })).toMatchObject({
      code: 'NETWORK',
    });
  });

  test('of another kind keeps the words of AWS', async () => {
    const { code, message } = await explained({
      name: 'InvalidParameterValueException',
      message: 'Not\n so.',
    });
    expect({ code, message }).toEqual({
      code: 'SERVICE',
      message: 'cannot do it: InvalidParameterValueException: Not so.',
    });
  });
});

describe('what AWS repeats of the environment variables is never printed', () => {
  test.each([
    [
      'all of them, in the error for too many',
      'Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: {"PASSWORD":"hunter2","TOKEN":"t0ps3cret"}',
    ],
    [
      'one of them, in the error for a value',
      "1 validation error detected: Value 'hunter2' at 'environment.variables.PASSWORD' failed to satisfy constraint",
    ],
    ['one of them, anywhere', 'The value hunter2 is not accepted'],
  ])('%s', async (_, message) => {
    const error = await explained({ name: 'InvalidParameterValueException', message }, [
      'hunter2',
      't0ps3cret',
    ]);
    expect(error.message).not.toMatch(/hunter2|t0ps3cret/);
    expect(error.message).toContain('…');
  });

  test('even where we do not know the values: they may be those of the function as it was', async () => {
    const message = 'exceeded the 4KB limit. String measured: {"OLD":"unknown to us"}';
    const error = await explained({ name: 'InvalidParameterValueException', message });
    expect(error.message).not.toContain('unknown to us');
  });
});
