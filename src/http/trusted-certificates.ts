import { readFile } from 'node:fs/promises';
import * as tls from 'node:tls';
import { AppsctlError } from '../core/diagnostics/error.js';
import { fileProblem } from '../core/diagnostics/fs-error.js';
import type { Environment } from '../core/environment.js';

/**
 * Returns the certificates to trust: those that Node.js trusts, and those of a file. Node.js takes one list that replaces
 * its own, the certificates of NODE_EXTRA_CA_CERTS included.
 *
 * @throws AppsctlError INVALID_VARIABLE for a file that cannot be read or has no certificate
 */
export async function readTrusted(caBundle: string, env: Environment): Promise<string[]> {
  const extra = env['NODE_EXTRA_CA_CERTS'];
  const [own, ofNode] = await Promise.all([
    readCertificates(caBundle),
    // Node.js itself has warned if it cannot read the file.
    extra ? readFile(extra, 'utf8').catch(() => '') : '',
  ]);
  return [...trustedByDefault(), own, ...(ofNode === '' ? [] : [ofNode])];
}

/** With the certificates of the system, if Node.js is asked to trust them. Only Node.js 22.15 and later can tell. */
function trustedByDefault(): readonly string[] {
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] };
  return getCACertificates?.('default') ?? tls.rootCertificates;
}

async function readCertificates(file: string): Promise<string> {
  const hint = 'set it to a file with the certificates of your CA, in PEM format';
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const message = `AWS_CA_BUNDLE: cannot read ${file}: ${fileProblem(error)}`;
    throw new AppsctlError('INVALID_VARIABLE', message, { hint, cause: error });
  });
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new AppsctlError('INVALID_VARIABLE', `AWS_CA_BUNDLE: ${file} has no certificate`, { hint });
}
