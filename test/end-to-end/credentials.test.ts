import { setImmediate } from 'node:timers/promises';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type AwsHome, createAwsHome } from '../support/aws-home.js';
import { runCli } from '../support/cli.js';
import { BUCKET, startEnvironment, type TestEnvironment } from '../support/environment.js';
import { FakeClock } from '../support/fake-clock.js';
import { errorOutput } from '../support/messages/output.js';
import {
  startContainerServer,
  startInstanceServer,
  startSsoServer,
  type TemporaryKey,
} from '../support/metadata-servers.js';
import { runInProcess } from '../support/run-in-process.js';
import { tempFolder } from '../support/temp-folder.js';

/** Each source of AWS credentials, with real files and real servers. */
const folder = await tempFolder();
const ACCOUNT = '123456789012';
const USER = `arn:aws:iam::${ACCOUNT}:user/dev`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/deployer`;
const MFA_ROLE = `arn:aws:iam::${ACCOUNT}:role/careful`;
const CI_ROLE = `arn:aws:iam::${ACCOUNT}:role/ci`;
const MFA_DEVICE = `arn:aws:iam::${ACCOUNT}:mfa/phone`;
const ISSUER = 'token.actions.githubusercontent.com';
const SESSION = 'arn:aws:sts::123456789012:assumed-role/deployer/a-session';

let environment: TestEnvironment;
let key: { readonly id: string; readonly secret: string };
let temporary: TemporaryKey;

const allow = (Resource: string): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource }] });
const trust = (Principal: object, Action: string, Condition?: object): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal, Action, ...(Condition && { Condition }) }],
  });

beforeAll(async () => {
  environment = await startEnvironment({ runner: 'in-process' });
  await environment.runOrThrow(['aws', 'init', '--create']);
  const { iam } = environment.clients;
  await iam.send(new CreateUserCommand({ UserName: 'dev' }));
  await iam.send(
    new PutUserPolicyCommand({ UserName: 'dev', PolicyName: 'all', PolicyDocument: allow('*') }),
  );
  const own = { AWS: `arn:aws:iam::${ACCOUNT}:root` };
  const roles = {
    deployer: trust(own, 'sts:AssumeRole'),
    careful: trust(own, 'sts:AssumeRole', { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }),
    ci: trust(
      { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}` },
      'sts:AssumeRoleWithWebIdentity',
      { StringLike: { [`${ISSUER}:sub`]: 'repo:me/apps:*' } },
    ),
  };
  for (const [RoleName, AssumeRolePolicyDocument] of Object.entries(roles)) {
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'all', PolicyDocument: allow('*') }));
  }
  await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'phone' }));
  const codes = { AuthenticationCode1: '111111', AuthenticationCode2: '222222' };
  await iam.send(new EnableMFADeviceCommand({ UserName: 'dev', SerialNumber: MFA_DEVICE, ...codes }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'dev' }));
  key = { id: AccessKey?.AccessKeyId ?? '', secret: AccessKey?.SecretAccessKey ?? '' };
  temporary = await assumeRole();
});
afterAll(() => environment.stop());

/** Temporary credentials of the role. */
async function assumeRole(): Promise<TemporaryKey> {
  const { endpoint, region } = environment.aws;
  const credentials = { accessKeyId: key.id, secretAccessKey: key.secret };
  const sts = new STSClient({ endpoint, region, credentials });
  const command = new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'a-session' });
  const { Credentials } = await sts.send(command);
  sts.destroy();
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
    expiration: Credentials?.Expiration ?? new Date(0),
  };
}

const staticProfile = (name: string): string =>
  `[${name}]\naws_access_key_id = ${key.id}\naws_secret_access_key = ${key.secret}\n`;

/** What a run needs besides the files: no key, and no metadata service of the machine. */
function variables(home: AwsHome): Record<string, string> {
  return {
    HOME: home.path,
    AWS_ENDPOINT_URL: environment.aws.endpoint,
    AWS_REGION: environment.aws.region,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** Runs a command in this process, whose environment variables the SDK reads. */
async function run(
  args: readonly string[],
  home: AwsHome,
  env: Readonly<Record<string, string>> = {},
  io: Parameters<typeof runInProcess>[2] = {},
  secrets: readonly string[] = [],
) {
  const all = { ...variables(home), ...env };
  const own = Object.keys(process.env).filter((name) => /^(?:AWS_|MM_|https?_proxy)/i.test(name));
  for (const [name, value] of Object.entries({
    ...Object.fromEntries(own.map((name) => [name, ''])),
    ...all,
  })) {
    vi.stubEnv(name, value === '' ? undefined : value);
  }
  try {
    const result = await runInProcess([...args, '--verbose'], all, io);
    const output = result.stdout + result.stderr;
    for (const secret of [key.secret, temporary.secretAccessKey, temporary.sessionToken, ...secrets]) {
      expect(output).not.toContain(secret);
    }
    return result;
  } finally {
    vi.unstubAllEnvs();
  }
}

/** What `whoami --json` says of the credentials. */
async function whoami(...[args, ...more]: Parameters<typeof run>) {
  const { code, stdout, stderr } = await run(['whoami', '--json', ...args], ...more);
  if (code !== 0) throw new Error(stdout + stderr);
  const { identity, credentials } = JSON.parse(stdout);
  return { arn: identity.arn as string, ...(credentials as object) };
}

describe('credentials come from', () => {
  test('the three variables of appsctl', async () => {
    const home = await createAwsHome(folder, '', staticProfile('default'));
    const env = {
      MM_APPS_DEPLOY_AWS_ACCESS_KEY: temporary.accessKeyId,
      MM_APPS_DEPLOY_AWS_SECRET_KEY: temporary.secretAccessKey,
      MM_APPS_DEPLOY_AWS_SESSION_TOKEN: temporary.sessionToken,
    };
    expect(await whoami([], home, env)).toEqual({ arn: SESSION, source: 'MM_APPS_DEPLOY_AWS_ACCESS_KEY' });
  });

  test('the variables of AWS, which take precedence over AWS_PROFILE', async () => {
    const home = await createAwsHome(folder, '', staticProfile('dev'));
    const env = {
      AWS_ACCESS_KEY_ID: temporary.accessKeyId,
      AWS_SECRET_ACCESS_KEY: temporary.secretAccessKey,
      AWS_SESSION_TOKEN: temporary.sessionToken,
      AWS_PROFILE: 'dev',
    };
    expect(await whoami([], home, env)).toEqual({ arn: SESSION, source: 'AWS_ACCESS_KEY_ID' });
  });

  test('the default profile', async () => {
    const home = await createAwsHome(folder, '', staticProfile('default'));
    expect(await whoami([], home)).toEqual({ arn: USER, source: 'profile default' });
  });

  test('the profile of AWS_PROFILE', async () => {
    const home = await createAwsHome(folder, '', staticProfile('dev'));
    expect(await whoami([], home, { AWS_PROFILE: 'dev' })).toEqual({ arn: USER, source: 'profile dev' });
  });

  test('the profile of --profile, which takes precedence over all variables', async () => {
    const home = await createAwsHome(folder, '', staticProfile('dev'));
    const env = {
      MM_APPS_DEPLOY_AWS_ACCESS_KEY: 'AKIAUNKNOWN',
      MM_APPS_DEPLOY_AWS_SECRET_KEY: 'unknown',
      AWS_ACCESS_KEY_ID: 'AKIAUNKNOWN',
      AWS_SECRET_ACCESS_KEY: 'unknown',
    };
    expect(await whoami(['--profile', 'dev'], home, env)).toEqual({ arn: USER, source: 'profile dev' });
  });

  test('a role that a profile assumes', async () => {
    const config = `[profile work]\nrole_arn = ${ROLE}\nsource_profile = dev\nrole_session_name = me\n`;
    const home = await createAwsHome(folder, config, staticProfile('dev'));
    expect(await whoami(['--profile', 'work'], home)).toEqual({
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/deployer/me`,
      source: 'profile work',
      detail: ROLE,
      expires: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  test('a command', async () => {
    const home = await createAwsHome(folder);
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = temporary;
    const file = await home.write(
      'key.json',
      JSON.stringify({
        Version: 1,
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        SessionToken: sessionToken,
        Expiration: expiration.toISOString(),
      }),
    );
    await home.write('.aws/config', `[default]\ncredential_process = cat ${file}\n`);
    expect(await whoami([], home)).toMatchObject({ arn: SESSION, detail: 'credential_process' });
  });

  test('a web identity, as in CI', async () => {
    const home = await createAwsHome(folder);
    const identity = { issuer: ISSUER, subject: 'repo:me/apps:main', audience: 'sts.amazonaws.com' };
    const token = environment.aws.issueWebIdentityToken(identity);
    const file = await home.write('token', token);
    const env = { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: CI_ROLE, AWS_ROLE_SESSION_NAME: 'ci' };
    expect(await whoami([], home, env, {}, [token])).toMatchObject({
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/ci/ci`,
      source: 'the role of the web identity',
    });
    const config = `[profile ci]\nrole_arn = ${CI_ROLE}\nweb_identity_token_file = ${file}\nrole_session_name = ini\n`;
    const other = await createAwsHome(folder, config);
    expect(await whoami(['--profile', 'ci'], other, {}, {}, [token])).toMatchObject({
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/ci/ini`,
      source: 'profile ci',
    });
  });

  test('an SSO session in another region, whose login is renewed', async () => {
    const tokens = { access: 'the-access-token', refresh: 'the-refresh-token', renewed: 'the-renewed-token' };
    const server = await startSsoServer(temporary, tokens);
    const config = [
      '[profile sso]\nsso_session = company\nsso_account_id = 123456789012\nsso_role_name = deployer\nregion = eu-west-1',
      '[sso-session company]\nsso_start_url = https://company.awsapps.com/start\nsso_region = us-west-2',
    ].join('\n');
    const env = { AWS_ENDPOINT_URL_SSO: server.url, AWS_ENDPOINT_URL_SSO_OIDC: server.url };
    for (const minutes of [60, 1]) {
      const home = await createAwsHome(folder, config);
      await home.login('company', {
        ...{ startUrl: 'https://company.awsapps.com/start', region: 'us-west-2' },
        ...{ accessToken: tokens.access, refreshToken: tokens.refresh },
        ...{ clientId: 'a-client', clientSecret: 'the-client-secret' },
        expiresAt: new Date(Date.now() + minutes * 60_000).toISOString(),
      });
      const secrets = [...Object.values(tokens), 'the-client-secret'];
      expect(await whoami(['--profile', 'sso'], home, env, {}, secrets)).toMatchObject({
        arn: SESSION,
        source: 'profile sso',
        detail: 'SSO session company',
      });
    }
    expect(server.requests.map((request) => request.replace(/\?.*/, ''))).toEqual([
      'GET /federation/credentials',
      'POST /token',
      'GET /federation/credentials',
    ]);
  });

  test('the role of the container', async () => {
    const token = 'the-token-of-the-container';
    const server = await startContainerServer(temporary, token);
    const env = {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${server.url}/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
      // The metadata service of a container is never behind a proxy.
      HTTP_PROXY: 'http://127.0.0.1:9',
    };
    const home = await createAwsHome(folder);
    expect(await whoami([], home, env, {}, [token])).toMatchObject({
      arn: SESSION,
      source: 'the role of the container',
    });
  });

  test('the role of the instance', async () => {
    const server = await startInstanceServer(temporary);
    const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT: server.url, AWS_EC2_METADATA_DISABLED: 'false' };
    const home = await createAwsHome(folder);
    expect(await whoami([], home, env)).toMatchObject({ arn: SESSION, source: 'the role of the instance' });
  });
});

describe('a profile that needs an MFA code', () => {
  const files = async (): Promise<AwsHome> =>
    createAwsHome(
      folder,
      `[profile careful]\nrole_arn = ${MFA_ROLE}\nsource_profile = dev\nmfa_serial = ${MFA_DEVICE}\n`,
      staticProfile('dev'),
    );

  test('asks for it once, for the clients of all services', async () => {
    const questions: string[] = [];
    const code = environment.aws.newMfaCode(MFA_DEVICE);
    const ask = async (question: string): Promise<string> => {
      questions.push(question);
      return code;
    };
    const env = { MM_APPS_S3_BUCKET: BUCKET };
    const bundle = await environment.packageExample();
    const start = environment.requests.length;
    const args = ['aws', 'test', 'deploy', bundle, '--profile', 'careful'];
    const { code: exitCode, stderr } = await run(args, await files(), env, { ask }, [code]);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('created') });
    expect(questions).toEqual([`Code of the MFA device ${MFA_DEVICE}:`]);
    const services = environment.requests.slice(start).map(({ service }) => service);
    expect(new Set(services)).toEqual(new Set(['sts', 'iam', 's3', 'lambda']));
    expect(services.filter((service) => service === 'sts')).toHaveLength(1);
  });

  test.each(['123 45', 'abcdef'])('does not send %j', async (answer) => {
    const { code, stdout } = await run(
      ['whoami', '--profile', 'careful'],
      await files(),
      {},
      {
        ask: async () => answer,
      },
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('must have six digits') });
    expect(stdout).not.toContain(answer);
  });

  test('explains a wrong one', async () => {
    const { code, stdout } = await run(
      ['whoami', '--profile', 'careful'],
      await files(),
      {},
      {
        ask: async () => '000000',
      },
    );
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringContaining('AWS does not accept the MFA code'),
    });
    expect(stdout).not.toContain('000000');
  });

  test('prints nothing more once it is interrupted', async () => {
    const controller = new AbortController();
    const printed: string[] = [];
    const { code, stderr } = await run(
      ['whoami', '--profile', 'careful'],
      await files(),
      {},
      {
        signal: controller.signal,
        ask: async () => {
          controller.abort();
          throw new Error('The operation was aborted');
        },
        writeOut: (text) => printed.push(text),
      },
    );
    // The command goes on until the process exits.
    for (let turn = 0; turn < 20; turn++) await setImmediate();
    expect({ code, stderr, printed }).toEqual({
      code: 130,
      stderr: errorOutput('interrupted: nothing was changed'),
      printed: [],
    });
  });

  test('fails without a terminal', async () => {
    const args = ['aws', 'init', '--profile', 'careful'];
    const { code, stderr } = await run(args, await files(), { MM_APPS_S3_BUCKET: BUCKET });
    expect(code).toBe(1);
    expect(stderr).toBe(
      errorOutput(
        `profile careful needs a code of the MFA device ${MFA_DEVICE}, and there is no one to ask for it`,
        'run it in a terminal, or get temporary credentials there, such as with aws configure export-credentials',
      ),
    );
  });
});

describe('credentials that do not work', () => {
  test('because a login has expired name the command that renews it', async () => {
    const config = [
      '[profile sso]\nsso_session = company\nsso_account_id = 123456789012\nsso_role_name = deployer',
      '[sso-session company]\nsso_start_url = https://company.awsapps.com/start\nsso_region = us-west-2',
    ].join('\n');
    const home = await createAwsHome(folder, config);
    const { code, stdout } = await run(['whoami', '--profile', 'sso'], home);
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringContaining('hint: log in again: aws sso login --profile sso'),
    });
  });

  test('because they have expired are reported as that', async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = await assumeRole();
    environment.aws.expireSessions();
    onTestFinished(async () => {
      temporary = await assumeRole();
    });
    const env = {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
    };
    const { code, stdout } = await run(['whoami'], await createAwsHome(folder), env, {}, [sessionToken]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('(ExpiredToken)') });
    expect(stdout).toContain('hint: get new temporary credentials for AWS_ACCESS_KEY_ID, and run');
  });

  test('because a role may not be assumed name what is missing', async () => {
    const role = `arn:aws:iam::${ACCOUNT}:role/missing`;
    const config = `[default]\nrole_arn = ${role}\nsource_profile = dev\n`;
    const { code, stdout } = await run(['whoami'], await createAwsHome(folder, config, staticProfile('dev')));
    expect(code).toBe(1);
    expect(stdout).toContain(
      `User: ${USER} is not authorized to perform: sts:AssumeRole on resource: ${role}`,
    );
    expect(stdout).toContain(
      'hint: grant sts:AssumeRole on the role to this user, and allow it in the trust',
    );
  });

  test('because their role lacks a permission name the role', async () => {
    const { iam } = environment.clients;
    const name = 'powerless';
    const document = trust({ AWS: `arn:aws:iam::${ACCOUNT}:root` }, 'sts:AssumeRole');
    await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: document }));
    const role = `arn:aws:iam::${ACCOUNT}:role/${name}`;
    const config = `[default]\nrole_arn = ${role}\nsource_profile = dev\n`;
    const home = await createAwsHome(folder, config, staticProfile('dev'));
    const { code, stdout } = await run(['whoami'], home, { MM_APPS_S3_BUCKET: BUCKET });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining(`grant s3:ListBucket to ${role}`),
    });
  });

  test('because the command of a profile fails do not show the command, nor what it prints', async () => {
    const config = '[default]\ncredential_process = sh -c "echo the-output >&2; exit 1" the-argument\n';
    const home = await createAwsHome(folder, config);
    const { code, stdout } = await run(['whoami'], home, {}, {}, ['the-argument', 'the-output']);
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringContaining('no AWS credentials: the credential_process of profile default failed'),
    });
  });

  test('because the command of a profile does not end are reported after two minutes', async () => {
    const home = await createAwsHome(folder, '[default]\ncredential_process = sleep 2\n');
    const { code, stdout } = await run(['whoami'], home, {}, { clock: new FakeClock(1000) });
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringContaining('did not end within 120 s'),
    });
  });

  test('because there are none say how to set them', async () => {
    const { code, stdout } = await run(['whoami'], await createAwsHome(folder));
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^identity {5}there are no AWS credentials\n {13}hint: set MM_APPS_DEPLOY_AWS_ACCESS_KEY/,
    );
    expect(stdout).toContain('\ncredentials  none\n');
  });

  test('because the instance has no role say so', async () => {
    const server = await startInstanceServer(undefined);
    const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT: server.url, AWS_EC2_METADATA_DISABLED: 'false' };
    const { code, stdout } = await run(['whoami'], await createAwsHome(folder), env);
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringContaining('the instance has no role'),
    });
  });

  test('because the file of a web identity does not exist name its variable', async () => {
    const env = { AWS_WEB_IDENTITY_TOKEN_FILE: '/nonexistent/token', AWS_ROLE_ARN: CI_ROLE };
    const { code, stdout } = await run(['whoami'], await createAwsHome(folder), env);
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringContaining('hint: check that AWS_WEB_IDENTITY_TOKEN_FILE names a file'),
    });
  });

  test('because a profile does not exist name those that do', async () => {
    const home = await createAwsHome(folder, '[profile production]\nregion = eu-west-1\n');
    const { code, stderr } = await run(['whoami', '--profile', 'prodution'], home);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: errorOutput('AWS profile prodution does not exist', 'did you mean "production"?'),
    });
  });
});

test("the server's key may be temporary too, or a profile", async () => {
  const bundle = await environment.packageExample();
  await environment.runOrThrow(['aws', 'test', 'deploy', bundle]);
  const home = await createAwsHome(folder, '', staticProfile('server'));
  const server = {
    MM_APPS_S3_BUCKET: BUCKET,
    MM_APPS_AWS_ACCESS_KEY: temporary.accessKeyId,
    MM_APPS_AWS_SECRET_KEY: temporary.secretAccessKey,
    MM_APPS_AWS_SESSION_TOKEN: temporary.sessionToken,
  };
  for (const [args, env] of [
    [[], server],
    [['--profile', 'server'], { MM_APPS_S3_BUCKET: BUCKET }],
  ] as const) {
    expect(await run(['aws', 'test', 's3', ...args], home, env)).toMatchObject({ code: 0, stdout: 'OK\n' });
  }
});

describe('the region comes from', () => {
  const region = async (
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<{ name: string; source: string }> => {
    const config = '[profile dev]\nregion = eu-west-3\n';
    const home = await createAwsHome(folder, config, staticProfile('dev'));
    const { stdout } = await run(['whoami', '--json', '--profile', 'dev', ...args], home, {
      AWS_REGION: '',
      ...env,
    });
    return JSON.parse(stdout).region;
  };
  const all = { MM_APPS_AWS_REGION: 'eu-north-1', AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-2' };

  test('the flag, our variable, those of AWS, the profile, in this order', async () => {
    expect(await region(['--region', 'us-east-1'], all)).toEqual({ name: 'us-east-1', source: '--region' });
    expect(await region([], all)).toEqual({ name: 'eu-north-1', source: 'MM_APPS_AWS_REGION' });
    const { MM_APPS_AWS_REGION: _, ...ofAws } = all;
    expect(await region([], ofAws)).toEqual({ name: 'eu-west-1', source: 'AWS_REGION' });
    expect(await region([], { AWS_DEFAULT_REGION: 'eu-west-2' })).toEqual({
      name: 'eu-west-2',
      source: 'AWS_DEFAULT_REGION',
    });
    expect(await region([], {})).toEqual({ name: 'eu-west-3', source: 'profile dev' });
  });
});

test('a process reads the profile of a real home folder', async () => {
  const config = '[profile work]\nregion = us-east-1\nservices = local\n[services local]\n';
  const services = ['sts', 's3', 'iam', 'lambda'].map(
    (name) => `${name} =\n  endpoint_url = ${environment.aws.endpoint}\n`,
  );
  const home = await createAwsHome(folder, config + services.join(''), staticProfile('work'));
  const env = { HOME: home.path, MM_APPS_S3_BUCKET: BUCKET };
  const { code, stdout } = await runCli(['whoami', '--profile', 'work'], env);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: [
      'account      123456789012 (partition aws)',
      `identity     ${USER}`,
      'credentials  profile work',
      'region       us-east-1 (profile work)',
      `bucket       ${BUCKET}: exists, and belongs to the account`,
      'Mattermost   not set',
      'Apps plugin  not set',
      '',
    ].join('\n'),
  });
});
