import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AwsConnection } from '../../../../src/aws/client/connection.js';
import { withExplainedErrors } from '../../../../src/aws/client/explain-errors.js';
import { shareCredentials } from '../../../../src/aws/credentials/share-credentials.js';
import { StsIdentity } from '../../../../src/aws/sts/sts-identity.js';
import type { AppsctlError } from '../../../../src/core/diagnostics/error.js';
import { connectionTo } from '../../../support/connection.js';
import { AWS, AWS_ACTION, AWS_HINT, CERTIFICATE, cannot } from '../../../support/messages/aws.js';
import { startSelfSignedServer } from '../../../support/self-signed.js';

const { connection } = connectionTo({
  ...{ endpoint: 'http://127.0.0.1:1', region: 'eu-south-1' },
  admin: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
});
const onAws = {
  ...connection,
  endpoints: { iam: undefined, lambda: undefined, logs: undefined, s3: undefined, sts: undefined },
};

/** Explains a failure with an error of the SDK. */
async function explain(
  error: { name: string; message?: string; code?: string; status?: number },
  secrets: readonly string[] = [],
  changes: Partial<AwsConnection> = {},
): Promise<AppsctlError> {
  const { name, message = 'a message', code, status = 400 } = error;
  const thrown = Object.assign(new Error(message), { name, code, $metadata: { httpStatusCode: status } });
  const failing = withExplainedErrors(
    { ...onAws, ...changes },
    'do it',
    () => Promise.reject(thrown),
    secrets,
  );
  return failing.then(
    () => expect.fail('the request succeeded'),
    (explanation: AppsctlError) => explanation,
  );
}

describe('a missing permission', () => {
  const source = 'to the AWS user of MM_APPS_DEPLOY_AWS_ACCESS_KEY';
  test.each([
    [
      'User: u is not authorized to perform: logs:PutRetentionPolicy on resource: r',
      `grant logs:PutRetentionPolicy ${source}`,
    ],
    [
      'Your access has been denied by EC2, please make sure your request credentials have permission to DescribeSubnets for subnet-1.',
      `grant ec2:DescribeSubnets ${source}`,
    ],
    [
      'Your access has been denied by S3, please make sure your request credentials have permission to GetObject for b/k.',
      `grant s3:GetObject ${source}`,
    ],
    [
      'User: u is not authorized to perform: lambda:GetLayerVersion on resource: r',
      `grant lambda:GetLayerVersion ${source}; the owner of a layer in another account must share it, too`,
    ],
    ['no', `grant this permission ${source}`],
  ])('is named by the hint: %s', async (message, hint) => {
    expect(await explain({ name: 'AccessDeniedException', message })).toMatchObject({ hint });
  });
});

describe('an AWS error', () => {
  const key = AWS_HINT.checkKey('MM_APPS_DEPLOY_AWS_ACCESS_KEY', 'eu-south-1');
  const secret = AWS_HINT.checkSecret('MM_APPS_DEPLOY_AWS_ACCESS_KEY');
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
    ['RequestExpired', 'NETWORK', /^check the speed of the connection/],
    ['TimeoutError', 'NETWORK', /^check the network/],
    [
      'AccessDeniedException',
      'ACCESS_DENIED',
      AWS_HINT.grant('this permission', 'MM_APPS_DEPLOY_AWS_ACCESS_KEY'),
    ],
    ['LimitExceededException', 'LIMIT', /^$/],
    ['CodeStorageExceededException', 'LIMIT', /75 GB/],
  ])('%s is %s, with a hint', async (name, code, hint) => {
    const error = await explain({ name });
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^cannot do it: /);
    expect(error.hint ?? '').toMatch(hint);
  });

  const rejected = (_: string, name: string) => `AWS rejected the credentials (${name})`;
  test.each<[name: string, reason: (id: string, name: string) => string]>([
    ['SignatureDoesNotMatch', AWS.wrongSecret],
    ['InvalidSignatureException', AWS.wrongSecret],
    ['UnrecognizedClientException', AWS.unknownKey],
    ['InvalidClientTokenId', AWS.unknownKey],
    ['MissingAuthenticationToken', rejected],
    ['ExpiredToken', rejected],
  ])('%s names the access key if it is about the key', async (name, reason) => {
    expect((await explain({ name })).message).toBe(cannot('do it', reason('AKIAEXAMPLE', name)));
  });

  test.each([
    [undefined, /^set the session token of /],
    ['token', key],
  ])('about a temporary key with the session token %s', async (sessionToken, hint) => {
    const temporary = {
      accessKeyId: 'ASIAEXAMPLE',
      secretAccessKey: 'secret',
      ...(sessionToken && { sessionToken }),
    };
    const error = await explain({ name: 'InvalidClientTokenId' }, [], { credentials: temporary });
    expect(error.hint).toMatch(hint);
  });

  test.each(['SignatureDoesNotMatch', 'InvalidClientTokenId'])(
    '%s does not name the access key of a provider',
    async (name) => {
      const provider = async () => ({ accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' });
      const { message } = await explain({ name }, [], { credentials: provider });
      expect(message).toBe(`cannot do it: AWS rejected the credentials (${name})`);
    },
  );

  test('about a signature for another region is not about the secret key', async () => {
    const message = "Credential should be scoped to a valid region, not 'eu-south-1'.";
    const error = await explain({ name: 'InvalidSignatureException', message });
    expect(error.message).toBe('cannot do it: AWS rejected the credentials (InvalidSignatureException)');
  });

  test('about a missing permission names it in the hint', async () => {
    const message = 'User: u is not authorized to perform: iam:ListPolicies on resource: policy path /';
    expect(await explain({ name: 'AccessDenied', message })).toMatchObject({
      message: cannot('do it', AWS.denied(message)),
      hint: AWS_HINT.grant('iam:ListPolicies', 'MM_APPS_DEPLOY_AWS_ACCESS_KEY'),
    });
  });

  test('that only says "Access Denied" is not repeated', async () => {
    const { message } = await explain({ name: 'AccessDenied', message: 'Access Denied' });
    expect(message).toBe('cannot do it: access denied');
  });

  test('about an expired signature is about time, not about the secret key', async () => {
    const message = 'Signature expired: 20261127T000000Z is now earlier than 20261127T000100Z (… - 5 min.)';
    expect(await explain({ name: 'InvalidSignatureException', message })).toMatchObject({
      code: 'NETWORK',
    });
  });

  test('of another kind is reported in the words of AWS', async () => {
    const { code, message } = await explain({
      name: 'InvalidParameterValueException',
      message: 'Not\n so.',
    });
    expect({ code, message }).toEqual({
      code: 'SERVICE',
      message: 'cannot do it: InvalidParameterValueException: Not so.',
    });
  });
});

describe('credentials that cannot be loaded', () => {
  const name = 'MM_APPS_DEPLOY_AWS_ACCESS_KEY';

  /** Explains the failure of a request whose credentials come from a provider. */
  const explainProvider = (provider: () => Promise<never>): Promise<AppsctlError> =>
    new StsIdentity({ ...connection, credentials: shareCredentials(provider) }).arn().then(
      () => expect.fail('the request succeeded'),
      (error: AppsctlError) => error,
    );

  test.each(['CredentialsProviderError', 'TokenProviderError'])('are reported for a %s', async (error) => {
    const message = 'Could not load credentials\nfrom any providers';
    const credentialsHint = 'log in again';
    expect(await explain({ name: error, message }, [], { credentialsHint })).toMatchObject({
      code: 'CREDENTIALS',
      message: 'cannot do it: no AWS credentials: Could not load credentials from any providers',
      hint: credentialsHint,
    });
  });

  test.each<[string, unknown]>([
    ['an error', new Error('the vault is locked')],
    ['an error with a name', Object.assign(new Error('the vault is locked'), { name: 'VaultError' })],
    ['something else', 'the vault is locked'],
  ])('are reported when a provider throws %s', async (_, thrown) => {
    const error = await explainProvider(() => Promise.reject(thrown));
    expect(error).toMatchObject({
      code: 'CREDENTIALS',
      message: `cannot look up the account of ${name}: no AWS credentials: the vault is locked`,
      hint: `check ${name}: a login may have expired`,
    });
  });

  test('have the original error as a cause', async () => {
    const thrown = new Error('the vault is locked');
    const { cause } = await explainProvider(() => Promise.reject(thrown));
    expect((cause as Error).cause).toBe(thrown);
  });

  test.each<[string, object, string]>([
    ['the network', { name: 'Error', code: 'ECONNREFUSED' }, 'NETWORK'],
    ['a timeout', { name: 'TimeoutError' }, 'NETWORK'],
    ['AWS', { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }, 'ACCESS_DENIED'],
  ])('because of %s are explained like any other request', async (_, fields, code) => {
    const error = await explainProvider(() => Promise.reject(Object.assign(new Error('a message'), fields)));
    expect(error.code).toBe(code);
  });
});

describe('a network error', () => {
  test.each<[error: Parameters<typeof explain>[0], reason: string]>([
    [{ name: 'Error', code: 'ECONNREFUSED' }, AWS.noConnection('ECONNREFUSED')],
    [{ name: 'TimeoutError', code: 'ECONNRESET' }, AWS.noConnection('ECONNRESET')],
    [
      { name: 'TimeoutError', message: 'the request socket timed out after 60000 ms of inactivity' },
      'AWS did not respond within 60 s',
    ],
    [
      { name: 'TimeoutError', message: 'the request socket did not establish a connection with the server' },
      'cannot connect to AWS within 5 s',
    ],
    [
      { name: 'TimeoutError', message: 'a request has exceeded the configured 900000 ms requestTimeout.' },
      'AWS did not respond within 900 s',
    ],
  ])('%j is explained', async (error, reason) => {
    expect(await explain(error)).toMatchObject({
      code: 'NETWORK',
      message: `cannot do it: ${reason}`,
      hint: 'check the network, and that region eu-south-1 exists',
    });
  });

  test('about a certificate says how to trust it', async () => {
    const endpoint = await startSelfSignedServer();
    const { connection } = connectionTo({
      ...{ endpoint, region: 'us-east-1' },
      admin: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
    });
    await expect(new StsIdentity(connection).arn()).rejects.toMatchObject({
      code: 'NETWORK',
      message: cannot(
        AWS_ACTION.lookUpAccount('MM_APPS_DEPLOY_AWS_ACCESS_KEY'),
        `the AWS endpoint ${CERTIFICATE.untrusted('DEPTH_ZERO_SELF_SIGNED_CERT')}`,
      ),
      hint: CERTIFICATE.ownAuthority,
    });
  });

  test('of a custom endpoint names the endpoint in the hint', async () => {
    const failing = withExplainedErrors(connection, 'do it', () =>
      Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })),
    );
    await expect(failing).rejects.toMatchObject({ hint: AWS_HINT.checkEndpoint('aws.endpoints') });
  });
});

describe('environment variables that AWS repeats in a message are masked', () => {
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
    const error = await explain({ name: 'InvalidParameterValueException', message }, [
      'hunter2',
      't0ps3cret',
    ]);
    expect(error.message).not.toMatch(/hunter2|t0ps3cret/);
    expect(error.message).toContain('…');
  });

  test('even unknown values, which the function may have had before', async () => {
    const message = 'exceeded the 4KB limit. String measured: {"OLD":"unknown to us"}';
    const error = await explain({ name: 'InvalidParameterValueException', message });
    expect(error.message).not.toContain('unknown to us');
  });
});

describe('a response', () => {
  test.each<[string, string, number?]>([
    ['is not XML', 'not XML'],
    ['is a web page with an error status', '<!doctype html><p>Not Found</p>', 404],
    [
      'lacks a field that AWS always sends',
      '<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>',
    ],
  ])('that %s is malformed', async (_, body, status = 200) => {
    const server = createServer((_request, response) => response.writeHead(status).end(body));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { connection } = connectionTo({
      ...{ endpoint, region: 'us-east-1' },
      admin: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
    });
    await expect(new StsIdentity(connection).arn()).rejects.toMatchObject({
      code: 'SERVICE',
      message:
        'cannot look up the account of MM_APPS_DEPLOY_AWS_ACCESS_KEY: the response of AWS is malformed',
      hint: 'check aws.endpoints',
    });
  });
});
