import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Io } from '../../src/cli/run.js';
import { manifest, writeBundle } from '../support/bundle.js';
import { type CliResult, runCli } from '../support/cli.js';
import { CliProcess } from '../support/cli-process.js';
import { COMPANY_CA, startProxy, startTls } from '../support/company-network.js';
import { FakeClock } from '../support/fake-clock.js';
import { DOWNLOAD, DOWNLOAD_HINT } from '../support/messages/bundle.js';
import { errorOutput } from '../support/messages/output.js';
import { runInProcess } from '../support/run-in-process.js';
import { CERTIFICATE, startSelfSignedServer } from '../support/self-signed.js';
import { tempFolder } from '../support/temp-folder.js';

const SECRET = 's3cr3t';
const OPEN_FILES_HAVE_PATHS = existsSync('/proc/self/fd');
/** What a presigned URL has. */
const QUERY = `?X-Amz-Signature=${SECRET}`;

const folder = await tempFolder();
const temporary = join(folder, 'temporary');
let bundle: string;
let content: Buffer;
let sha256: string;

beforeAll(async () => {
  bundle = await writeBundle(folder, manifest());
  content = await readFile(bundle);
  sha256 = createHash('sha256').update(content).digest('hex');
});
beforeEach(async () => {
  await mkdir(temporary);
  vi.stubEnv('TMPDIR', temporary);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  try {
    // Nothing is left, whatever happened.
    await expect.poll(() => readdir(temporary)).toEqual([]);
  } finally {
    await rm(temporary, { recursive: true });
  }
});

/** Starts a server for the running test. */
async function serve(respond: RequestListener): Promise<string> {
  const server = createServer(respond);
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function validate(url: string, flags: readonly string[] = [], io: Partial<Io> = {}): Promise<CliResult> {
  return runInProcess(['aws', 'validate', url, ...flags], {}, io);
}

const send: RequestListener = (_, response) => void response.end(content);

describe('a bundle from a URL', () => {
  test('is read like a file, by each command that reads bundles', async () => {
    const url = await serve(send);
    const file = `${url}/app.zip`;
    expect(await validate(`${file}${QUERY}`)).toMatchObject({ code: 0 });
    const { stdout, stderr } = await validate(`${file}${QUERY}`, [
      '--json',
      '--sha256',
      sha256.toUpperCase(),
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ file, valid: true });
    expect(stderr).toBe('');
    const local = await runInProcess(['generate-terraform-data', bundle], {});
    expect(await runInProcess(['generate-terraform-data', `${file}${QUERY}`], {})).toMatchObject({
      code: 0,
      stdout: local.stdout,
    });
  });

  test('is named without its query, user and password, with --verbose too', async () => {
    const authorizations: unknown[] = [];
    const url = await serve((request, response) => {
      authorizations.push(request.headers.authorization);
      response.end('no zip');
    });
    const withSecrets = `${url.replace('//', `//user:${SECRET}@`)}/app.zip${QUERY}#${SECRET}`;
    for (const args of [
      ['aws', 'validate', withSecrets, '--json'],
      ['aws', 'validate', withSecrets],
      ['generate-terraform-data', withSecrets],
    ]) {
      const { code, stdout, stderr } = await runInProcess([...args, '--verbose'], {});
      expect(code).toBe(2);
      expect(stdout + stderr).not.toContain(SECRET);
      expect(stdout + stderr).toContain(`${url}/app.zip`);
      expect(stderr).toContain(`request   download GET ${url}/app.zip: 200,`);
    }
    expect(new Set(authorizations)).toEqual(
      new Set([`Basic ${Buffer.from(`user:${SECRET}`).toString('base64')}`]),
    );
  });

  test.runIf(OPEN_FILES_HAVE_PATHS)('is a file without a name, while it is used', async () => {
    let names: string[] | undefined;
    const url = await serve(async (_, response) => {
      names = await readdir(temporary);
      response.end(content);
    });
    expect(await validate(url)).toMatchObject({ code: 0 });
    expect(names).toEqual([]);
  });

  test('must have the SHA-256 that is given', async () => {
    const url = await serve(send);
    const other = '0'.repeat(64);
    expect(await validate(`${url}/app.zip`, ['--sha256', other])).toEqual(
      failed(2, DOWNLOAD.otherDigest(`${url}/app.zip`, sha256), DOWNLOAD_HINT.otherDigest(other)),
    );
  });

  test('that is compressed on its way is an error', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(content));
    });
    const { code, stderr } = await validate(`${url}/app.zip`);
    expect(code).toBe(1);
    expect(stderr).toContain(DOWNLOAD.compressed(`${url}/app.zip`, 'gzip'));
  });

  test.each([404, 403, 500, 304])('with the status %i is an error', async (status) => {
    const url = await serve((_, response) => void response.writeHead(status).end());
    const { code, stderr } = await validate(`${url}/app.zip${QUERY}`);
    expect(code).toBe(1);
    expect(stderr).toContain(DOWNLOAD.responds(`${url}/app.zip`, status));
    expect(stderr).not.toContain(SECRET);
  });

  test('that is too large is refused by its length', async () => {
    const size = 2 ** 31 + 1;
    const declared = await serve(
      (_, response) => void response.writeHead(200, { 'Content-Length': size }).write('a'),
    );
    expect(await validate(`${declared}/app.zip`)).toEqual(
      failed(1, DOWNLOAD.tooLarge(`${declared}/app.zip`), DOWNLOAD_HINT.tooLarge),
    );
  });

  test('that breaks off is requested once more', async () => {
    let requests = 0;
    const url = await serve((_, response) => {
      if (requests++ === 0) {
        response.writeHead(200, { 'Content-Length': content.length });
        response.write(content.subarray(0, 100), () => response.destroy());
      } else response.end(content);
    });
    expect(await validate(url, ['--sha256', sha256])).toMatchObject({ code: 0 });
    expect(requests).toBe(2);
  });

  test.each<[string, RequestListener]>([
    [
      'breaks off',
      (_, response) => {
        response.writeHead(200, { 'Content-Length': content.length });
        response.write(content.subarray(0, 100), () => response.destroy());
      },
    ],
    [
      'breaks off without a length',
      (_, response) => {
        response.write(content.subarray(0, 100), () => response.destroy());
      },
    ],
    ['is reset', (request) => void request.socket.destroy()],
  ])('that %s twice is an error', async (_, respond) => {
    const url = await serve(respond);
    const { code, stderr } = await validate(`${url}/app.zip`);
    expect(code).toBe(1);
    expect(stderr).toContain(DOWNLOAD.brokeOff(`${url}/app.zip`));
  });

  test('from which nothing arrives is an error', async () => {
    const url = await serve((_, response) => void response.write('PK'));
    const { code, stderr } = await validate(`${url}/app.zip`, [], { timeouts: { idle: 50 } });
    expect(code).toBe(1);
    expect(stderr).toContain(DOWNLOAD.idle(`${url}/app.zip`, 0.05));
  });

  test('that takes long is reported', async () => {
    let finish = (): void => {};
    // May come before the server is asked.
    const isReported = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const url = await serve(async (_, response) => {
      response.writeHead(200, { 'Content-Length': content.length });
      response.write(content.subarray(0, 100));
      await isReported;
      response.end(content.subarray(100));
    });
    let stderr = '';
    const result = validate(`${url}/app.zip`, [], {
      clock: new FakeClock(1000),
      writeError: (text) => {
        stderr += text;
        finish();
      },
    });
    expect(await result).toMatchObject({ code: 0 });
    expect(stderr).toContain(`waiting   for ${url}/app.zip: `);
  });

  test('cannot be reached', async () => {
    const { code, stderr } = await validate('http://127.0.0.1:9/app.zip');
    expect(code).toBe(1);
    expect(stderr).toContain(DOWNLOAD.unreachable('http://127.0.0.1:9/app.zip', 'ECONNREFUSED'));
  });

  test.each([
    ['http://example.com/app.zip', DOWNLOAD_HINT.https],
    [`http://user:${SECRET}@example.com/app.zip${QUERY}`, DOWNLOAD_HINT.https],
    ['ftp://example.com/app.zip', DOWNLOAD_HINT.schemes],
    [`https://${SECRET}:x/`, DOWNLOAD_HINT.schemes],
    ['s3://bucket', 'the version is optional'],
    ['s3://Bucket/key', 'the version is optional'],
  ])('%s is refused', async (url, hint) => {
    const { code, stdout, stderr } = await validate(url);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`hint: ${hint}\n`);
    expect(stderr).not.toContain(SECRET);
  });

  test('is gone when it is interrupted', async () => {
    const interruption = new AbortController();
    const url = await serve((_, response) => {
      response.write('PK', () => interruption.abort());
    });
    expect(await validate(url, [], { signal: interruption.signal })).toMatchObject({ code: 130 });
  });

  test('cannot be saved where there is no folder for temporary files', async () => {
    vi.stubEnv('TMPDIR', join(folder, 'missing'));
    const { code, stderr } = await validate(await serve(send));
    expect(code).toBe(1);
    expect(stderr).toContain(DOWNLOAD.notSaved(join(folder, 'missing')));
  });
});

describe('a redirect', () => {
  const redirectTo =
    (location: string): RequestListener =>
    (_, response) =>
      void response.writeHead(302, { location }).end();

  test('is followed, without the user and the password', async () => {
    const requests: unknown[] = [];
    const target = await serve((request, response) => {
      requests.push(request.url, request.headers.authorization);
      response.end(content);
    });
    const url = await serve(redirectTo(`${target.replace('//', '//other:x@')}/app.zip${QUERY}`));
    expect(await validate(url.replace('//', `//user:${SECRET}@`))).toMatchObject({ code: 0 });
    expect(requests).toEqual([`/app.zip${QUERY}`, undefined]);
  });

  test.each([
    ['http://example.com/app.zip?s3cr3t', 'it redirects to http://example.com/app.zip, which is not https'],
    ['ftp://example.com/', 'which is not https'],
    ['http://[', 'it redirects to what is not a URL'],
    ['/again', 'it redirects more than 5 times'],
  ])('to %s is an error', async (location, reason) => {
    const { code, stderr } = await validate(`${await serve(redirectTo(location))}/app.zip`);
    expect(code).toBe(1);
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain(SECRET);
  });
});

describe('over https', () => {
  test('a bundle is downloaded if this machine trusts the certificate; a redirect to http is refused', async () => {
    const trusted = join(folder, 'ca.pem');
    await writeFile(trusted, CERTIFICATE);
    const plain = await serve(send);
    const url = await startSelfSignedServer((request, response) => {
      if (request.url === '/plain.zip') response.writeHead(302, { location: `${plain}/app.zip` }).end();
      else response.end(content);
    });
    const env = { NODE_EXTRA_CA_CERTS: trusted, TMPDIR: temporary };
    expect(await runCli(['aws', 'validate', `${url}/app.zip`], env)).toMatchObject({ code: 0 });
    const redirected = await runCli(['aws', 'validate', `${url}/plain.zip`], env);
    expect(redirected).toMatchObject({ code: 1 });
    expect(redirected.stderr).toContain(`it redirects to ${plain}/app.zip, which is not https`);
    const ofAws = await runInProcess(['aws', 'validate', `${url}/app.zip`], { AWS_CA_BUNDLE: trusted });
    expect(ofAws).toMatchObject({ code: 0 });
    const untrusted = await validate(`${url}/app.zip`);
    expect(untrusted).toMatchObject({ code: 1, stderr: expect.stringContaining('NODE_EXTRA_CA_CERTS') });
  });
});

test('a bundle is downloaded through a proxy, whose refusal is named without its password', async () => {
  const trusted = join(folder, 'company.pem');
  await writeFile(trusted, COMPANY_CA);
  const proxy = await startProxy({ 'aws.test:443': await startTls(await serve(send)) });
  const env = { HTTPS_PROXY: proxy.url, AWS_CA_BUNDLE: trusted };
  const run = (host: string): Promise<CliResult> =>
    runInProcess(['aws', 'validate', `https://${host}/app.zip${QUERY}`, '--verbose'], env);
  expect(await run('aws.test')).toMatchObject({ code: 0 });
  const { code, stderr } = await run('unknown.test');
  expect(code).toBe(1);
  expect(stderr).toContain(`cannot download https://unknown.test/app.zip: the proxy ${proxy.origin} `);
  expect(stderr).not.toMatch(new RegExp(`${SECRET}|${proxy.password}`));
  expect(new Set(proxy.requests)).toEqual(new Set(['CONNECT aws.test:443', 'CONNECT unknown.test:443']));
});

const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ...(OPEN_FILES_HAVE_PATHS ? ([['SIGKILL', null]] as const) : []),
] as const;

test.each(SIGNALS)('a process leaves no file after %s', async (signal, code) => {
  let isRequested = (): void => {};
  const requested = new Promise<void>((resolve) => {
    isRequested = resolve;
  });
  const url = await serve((_, response) => void response.write('PK', () => isRequested()));
  const cli = await CliProcess.start(['aws', 'validate', url], {}, folder);
  await requested;
  cli.signal(signal);
  expect(await cli.waitForEnd()).toBe(code);
  expect(await cli.readFiles()).not.toContain('bundle.zip');
});

describe('the SHA-256 of a file', () => {
  test('is checked, too', async () => {
    expect(await validate(bundle, ['--sha256', sha256])).toMatchObject({ code: 0 });
    const other = 'f'.repeat(64);
    expect(await validate(bundle, ['--sha256', other])).toEqual(
      failed(2, DOWNLOAD.otherDigest(bundle, sha256), DOWNLOAD_HINT.otherDigest(other)),
    );
  });

  test.each(['abc', 'g'.repeat(64)])('is not %s', async (text) => {
    expect(await validate(bundle, ['--sha256', text])).toMatchObject({ code: 2, stdout: '' });
  });

  test('is not for a folder', async () => {
    const { code, stderr } = await validate(folder, ['--sha256', sha256]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${folder} is a folder, not a bundle`);
  });
});

function failed(code: number, message: string, hint: string): CliResult {
  return { code, stdout: '', stderr: errorOutput(message, hint) };
}
