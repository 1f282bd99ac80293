import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAwsHome } from '../support/aws-home.js';
import { runCli } from '../support/cli.js';
import { COMPANY_CA, type CompanyProxy, startProxy, startTls } from '../support/company-network.js';
import { BUCKET, startEnvironment, type TestEnvironment } from '../support/environment.js';
import { tempFolder } from '../support/temp-folder.js';

/** AWS and Mattermost behind a proxy, with certificates of a CA of its own. */
const folder = await tempFolder();
const ca = join(folder, 'ca.pem');
let environment: TestEnvironment;
let bundle: string;

beforeAll(async () => {
  await writeFile(ca, COMPANY_CA);
  environment = await startEnvironment({ runner: 'in-process' });
  await environment.init();
  bundle = await environment.packageExample();
});
afterAll(() => environment.stop());

/** The variables of a machine that reaches both only through the proxy, and the proxy. */
async function behindProxy(): Promise<{ env: Record<string, string>; proxy: CompanyProxy }> {
  const proxy = await startProxy({
    'aws.test:443': await startTls(environment.aws.endpoint),
    'chat.test:443': await startTls(environment.mattermost.siteUrl),
  });
  const env = {
    ...environment.env,
    AWS_ENDPOINT_URL: 'https://aws.test',
    MM_SERVICESETTINGS_SITEURL: 'https://chat.test',
    HTTPS_PROXY: proxy.url,
    AWS_CA_BUNDLE: ca,
  };
  return { env, proxy };
}

const run = (args: readonly string[], env: Readonly<Record<string, string>>) =>
  environment.run([...args, '--verbose'], { env });

describe('a proxy', () => {
  test('carries all requests of a deployment, to AWS and to Mattermost', async () => {
    const { env, proxy } = await behindProxy();
    const { code, stdout, stderr } = await run(['aws', 'deploy', bundle, '--install'], env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('created   function') });
    expect(new Set(proxy.requests)).toEqual(new Set(['CONNECT aws.test:443', 'CONNECT chat.test:443']));
    expect(stdout + stderr).not.toContain(proxy.password);
  });

  test('carries the requests of a process, with the certificates of NODE_EXTRA_CA_CERTS', async () => {
    const { env, proxy } = await behindProxy();
    const { AWS_CA_BUNDLE: _, ...others } = env;
    const { code, stdout } = await runCli(['whoami'], { ...others, NODE_EXTRA_CA_CERTS: ca });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('https://chat.test, version'),
    });
    expect(proxy.requests).toContain('CONNECT aws.test:443');
  });

  test('carries the requests that get credentials', async () => {
    const { env, proxy } = await behindProxy();
    const config = '[default]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = dev\n';
    const keys = '[dev]\naws_access_key_id = AKIAUNKNOWN\naws_secret_access_key = unknown\n';
    const home = await createAwsHome(folder, config, keys);
    const { AWS_ENDPOINT_URL, HTTPS_PROXY, AWS_CA_BUNDLE } = env;
    const { stdout } = await runCli(['whoami'], {
      ...{ HOME: home.path, AWS_REGION: 'us-east-1' },
      ...(AWS_ENDPOINT_URL &&
        HTTPS_PROXY &&
        AWS_CA_BUNDLE && { AWS_ENDPOINT_URL, HTTPS_PROXY, AWS_CA_BUNDLE }),
    });
    expect(stdout).toContain('AWS rejected the credentials (InvalidClientTokenId)');
    expect(proxy.requests).toEqual(['CONNECT aws.test:443']);
  });

  test('carries requests to http URLs too', async () => {
    const { port } = new URL(environment.mattermost.siteUrl);
    const proxy = await startProxy({ 'chat.test': Number(port) });
    const env = { MM_SERVICESETTINGS_SITEURL: 'http://chat.test', HTTP_PROXY: proxy.url };
    const { code, stdout } = await run(['whoami', '--insecure-http'], env);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('http://chat.test, version 9'),
    });
    expect(proxy.requests).toEqual([
      'GET http://chat.test/api/v4/config/client?format=old',
      'POST http://chat.test/plugins/com.mattermost.apps/api/v1/ping',
    ]);
  });

  test('for http URLs that cannot be reached is named', async () => {
    const env = {
      MM_SERVICESETTINGS_SITEURL: 'http://chat.test',
      HTTP_PROXY: 'http://me:a-secret@127.0.0.1:9',
    };
    const { stdout } = await run(['whoami', '--insecure-http'], env);
    expect(stdout).toContain('the proxy http://127.0.0.1:9 cannot be reached (ECONNREFUSED)');
    expect(stdout).toContain('hint: check HTTP_PROXY, and NO_PROXY for hosts without a proxy');
    expect(stdout).not.toContain('a-secret');
  });

  test('is not used for this machine, nor for hosts of NO_PROXY', async () => {
    const { env, proxy } = await behindProxy();
    const direct = { AWS_ENDPOINT_URL: environment.aws.endpoint, NO_PROXY: '.example.com, chat.test' };
    const { code, stdout } = await run(['whoami'], { ...env, ...direct });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('https://chat.test cannot be reached'),
    });
    expect(proxy.requests).toEqual([]);
  });

  test('that refuses is named without its password, and with what to do', async () => {
    const { env, proxy } = await behindProxy();
    const { origin, port } = proxy;
    const attempts: [changes: Record<string, string>, message: string, hint: string][] = [
      [
        { HTTPS_PROXY: `http://someone:a-secret@127.0.0.1:${port}` },
        `the proxy ${origin} does not connect to aws.test:443: 407 Proxy Authentication Required`,
        'set the user and the password of the proxy: http://USER:PASSWORD@HOST:PORT',
      ],
      [
        { AWS_ENDPOINT_URL: 'https://other.test' },
        `the proxy ${origin} does not connect to other.test:443: 403 Forbidden`,
        'check HTTPS_PROXY and what the proxy allows, and NO_PROXY for hosts without a proxy',
      ],
      [
        { HTTPS_PROXY: 'http://someone:a-secret@127.0.0.1:9' },
        'the proxy http://127.0.0.1:9 cannot be reached (ECONNREFUSED)',
        'check HTTPS_PROXY, and NO_PROXY for hosts without a proxy',
      ],
    ];
    for (const [changes, message, hint] of attempts) {
      const { code, stdout, stderr } = await run(['aws', 'test', 'lambda'], { ...env, ...changes });
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringContaining(`${message}\nhint: ${hint}\n`),
      });
      expect(stdout + stderr).not.toMatch(/a-secret|c29tZW9uZTphLXNlY3JldA/);
    }
  });

  test('that is not a URL is refused before any request, and not repeated', async () => {
    const { code, stderr, requests } = await run(['whoami'], { HTTPS_PROXY: 'socks5://me:a-secret@host' });
    expect({ code, stderr, requests }).toEqual({
      code: 2,
      stderr: 'error: HTTPS_PROXY is not the URL of an http(s) proxy\nhint: use the form http://HOST:PORT\n',
      requests: [],
    });
  });
});

describe('AWS_CA_BUNDLE', () => {
  test('is needed for certificates of a CA of its own', async () => {
    const { env } = await behindProxy();
    const { code, stdout } = await run(['whoami'], { ...env, AWS_CA_BUNDLE: '' });
    expect(code).toBe(1);
    expect(stdout.match(/certificate that this machine does not trust/g)).toHaveLength(3);
  });

  // Node.js trusts the certificates of the system, if it is asked to, from 22.15 on. Linux has them in a file.
  test.skipIf(!('getCACertificates' in tls) || process.platform !== 'linux')(
    'adds to the certificates of the system',
    async () => {
      const { env } = await behindProxy();
      const other = join(folder, 'other.pem');
      await writeFile(other, tls.rootCertificates[0] ?? '');
      const system = { NODE_OPTIONS: '--use-system-ca', SSL_CERT_FILE: ca };
      const { code, stdout } = await runCli(['whoami'], { ...env, ...system, AWS_CA_BUNDLE: other });
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: expect.stringContaining('https://chat.test, version'),
      });
    },
  );

  test.each([
    ['a file that does not exist', '/does/not/exist', 'cannot read /does/not/exist: it does not exist'],
    ['a file without certificates', import.meta.filename, `${import.meta.filename} has no certificate`],
  ])('that names %s is refused', async (_, file, problem) => {
    const { code, stderr } = await run(['whoami'], { AWS_CA_BUNDLE: file });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `error: AWS_CA_BUNDLE: ${problem}\nhint: set it to a file with the certificates of your CA, in PEM format\n`,
    });
  });
});

test('the endpoints of a profile apply to credentials of that profile', async () => {
  const { endpoint, admin } = environment.aws;
  const config = '[profile local]\nregion = us-east-1\n';
  const keys = `[local]\naws_access_key_id = ${admin.accessKeyId}\naws_secret_access_key = ${admin.secretAccessKey}\n`;
  const bad = 'http://127.0.0.1:9';
  const whoami = async (settings: string, env: Record<string, string> = {}) => {
    const home = await createAwsHome(folder, config + settings, keys);
    const all = { HOME: home.path, MM_APPS_S3_BUCKET: BUCKET, AWS_ENDPOINT_URL: '', ...env };
    return (await run(['whoami', '--profile', 'local'], all)).code;
  };
  const services = `[services s]\nsts =\n  endpoint_url = ${endpoint}\ns3 =\n  endpoint_url = ${endpoint}\n`;
  const codes = [
    await whoami(`endpoint_url = ${endpoint}\n`),
    await whoami(`endpoint_url = ${bad}\nservices = s\n${services}`),
    await whoami(`endpoint_url = ${endpoint}\n`, { AWS_ENDPOINT_URL: bad }),
    await whoami('', { AWS_ENDPOINT_URL: bad, AWS_ENDPOINT_URL_STS: endpoint }),
  ];
  expect(codes).toEqual([0, 0, 1, 0]);
});

test('a new access key is tested with the certificates of the profile', async () => {
  const { admin } = environment.aws;
  const { env } = await behindProxy();
  const keys = `aws_access_key_id = ${admin.accessKeyId}\naws_secret_access_key = ${admin.secretAccessKey}\n`;
  const home = await createAwsHome(folder, `[default]\nca_bundle = ${ca}\n`, `[default]\n${keys}`);
  const ofProfile = { HOME: home.path, AWS_CA_BUNDLE: '' };
  const noKey = { MM_APPS_DEPLOY_AWS_ACCESS_KEY: '', MM_APPS_DEPLOY_AWS_SECRET_KEY: '' };
  const rotate = ['aws', 'init', '--rotate-access-key', '--yes'];
  const { code, stderr } = await run(rotate, { ...env, ...ofProfile, ...noKey });
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('to be inactive') });
});
