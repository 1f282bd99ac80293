import { constants } from 'node:fs';
import { access, lstat, readFile } from 'node:fs/promises';
import { addPass, type Sample } from '../core/deployer/metrics.js';
import { formatMetrics, parseMetrics } from '../core/deployer/metrics-text.js';
import { AppsctlError, type ErrorCode } from '../core/diagnostics/error.js';
import { fileErrorCode, fileProblem, isInvalidPath } from '../core/diagnostics/fs-error.js';
import { replaceFile, tryToReplace } from '../files/replace-file.js';

/** Others read it, such as node_exporter, which runs as another user. */
const REPLACEMENT = { mode: 0o644 };
/** Larger than any such file: one that is larger is another kind of file. */
const MAX_BYTES = 1_000_000;

/**
 * Checks that a file with metrics can be written.
 *
 * @throws AppsctlError USAGE for what cannot be such a file: a folder, a pipe, a device or a link; OUTPUT when permissions
 *   are missing
 */
export async function checkMetricsFile(file: string): Promise<void> {
  try {
    const found = await lstat(file).catch((error: unknown) => {
      if (fileErrorCode(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (found !== undefined) {
      if (found.isDirectory()) throw writeError('USAGE', file, 'it is a folder');
      if (!found.isFile()) throw writeError('USAGE', file, 'it is not a regular file');
      if (found.size > MAX_BYTES) throw writeError('USAGE', file, 'it is too large for a file with metrics');
      await access(file, constants.R_OK);
    }
    await tryToReplace(file, REPLACEMENT);
  } catch (error) {
    throw toWriteError(file, error, isInvalidPath(error) ? 'USAGE' : 'OUTPUT');
  }
}

/**
 * Adds the metrics of a pass to those in a file, and replaces the file as a whole. What is in it of another environment,
 * or of anything else, is not kept.
 *
 * @throws AppsctlError OUTPUT
 */
export async function updateMetricsFile(
  file: string,
  environment: string,
  pass: readonly Sample[],
): Promise<void> {
  try {
    const earlier = parseMetrics(await readText(file)).filter(
      ({ labels }) => labels['environment'] === environment,
    );
    await replaceFile(file, formatMetrics(addPass(earlier, pass)), REPLACEMENT);
  } catch (error) {
    throw toWriteError(file, error, 'OUTPUT');
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return '';
    throw error;
  }
}

function toWriteError(file: string, error: unknown, code: ErrorCode): AppsctlError {
  if (AppsctlError.is(error)) return error;
  return writeError(code, file, fileProblem(error, { ENOENT: 'its folder does not exist' }), error);
}

function writeError(code: ErrorCode, file: string, problem: string, cause?: unknown): AppsctlError {
  return new AppsctlError(code, `cannot write the metrics to ${file}: ${problem}`, {
    hint: ({ metricsFile }) => `name another file with ${metricsFile}`,
    cause,
  });
}
