import { constants } from 'node:fs';
import { access, lstat, readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { AppsctlError, type ErrorCode } from '../../core/diagnostics/error.js';
import { fileErrorCode, fileProblem, isInvalidPath } from '../../core/diagnostics/fs-error.js';
import type { Hint } from '../../core/diagnostics/vocabulary.js';
import { findVariable, setVariables } from '../../core/init/environment-text.js';
import { SERVER_VARIABLES } from '../../core/init/server-variables.js';
import type { ServerKey } from '../../core/init/settings.js';
import { replaceFile, tryToReplace } from '../../files/replace-file.js';
import type { VariableStore } from './ports.js';

/** Only the owner may read the secret key. */
const MODE = 0o600;
/** Larger than any such file: one that is larger is another kind of file. */
const MAX_BYTES = 1_000_000;

/** A file with the server's variables, in the form of systemd's EnvironmentFile=. */
export interface EnvironmentFile extends VariableStore {
  /** The access key that is in it. */
  readonly serverKey: ServerKey | undefined;
}

/**
 * Reads a file with the server's variables, and checks that it can be written.
 *
 * @param file its path; it need not exist
 * @throws AppsctlError USAGE for what cannot be such a file: a folder, a pipe, or a link, which would let others decide
 *   where the secret is written; OUTPUT when permissions are missing
 */
export async function openEnvironmentFile(file: string): Promise<EnvironmentFile> {
  const current = await readCurrent(file);
  const { text } = current;
  const id = findVariable(text, SERVER_VARIABLES.accessKey);
  const secret = findVariable(text, SERVER_VARIABLES.secretKey);
  return {
    kind: 'environment file',
    name: file,
    serverKey: id && secret ? { id, secret, source: file } : undefined,
    plan(variables) {
      if (!current.exists) return 'create';
      return setVariables(text, variables) === text && current.mode === MODE ? 'unchanged' : 'update';
    },
    prepare: () =>
      tryToReplace(file, { mode: MODE }).catch((error: unknown) => {
        throw toWriteError(file, error);
      }),
    // Read again, because it may have changed since.
    write: async (variables) => replace(file, await readCurrent(file), variables),
  };
}

interface CurrentFile {
  readonly exists: boolean;
  /** Byte for byte, whatever its encoding. */
  readonly text: string;
  readonly mode: number;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

async function readCurrent(file: string): Promise<CurrentFile> {
  try {
    await access(dirname(resolve(file)), constants.W_OK | constants.X_OK);
    const found = await lstat(file).catch((error: unknown) => {
      if (fileErrorCode(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (found === undefined) return { exists: false, text: '', mode: MODE, owner: undefined };
    if (found.isSymbolicLink()) {
      throw writeError('USAGE', file, 'it is a link', 'name the file that it points to');
    }
    if (found.isDirectory()) throw writeError('USAGE', file, 'it is a folder');
    if (!found.isFile()) throw writeError('USAGE', file, 'it is not a regular file');
    if (found.size > MAX_BYTES) throw writeError('USAGE', file, 'it is too large for a file with variables');
    await access(file, constants.R_OK | constants.W_OK);
    const text = await readFile(file, 'latin1');
    const { uid, gid } = found;
    return { exists: true, text, mode: found.mode & 0o777, owner: { uid, gid } };
  } catch (error) {
    throw toWriteError(file, error);
  }
}

/** Replaces the variables in a file. */
async function replace(
  file: string,
  { text, owner }: CurrentFile,
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  const content = Buffer.from(setVariables(text, variables), 'latin1');
  await replaceFile(file, content, { mode: MODE, owner }).catch((error: unknown) => {
    throw toWriteError(file, error);
  });
}

function toWriteError(file: string, error: unknown): AppsctlError {
  if (AppsctlError.is(error)) return error;
  const code = isInvalidPath(error) ? 'USAGE' : 'OUTPUT';
  return writeError(code, file, fileProblem(error, { ENOENT: 'its folder does not exist' }));
}

function writeError(
  code: ErrorCode,
  file: string,
  problem: string,
  hint: Hint = ({ environmentFile }) => `name another file with ${environmentFile}`,
): AppsctlError {
  return new AppsctlError(code, `cannot write ${file}: ${problem}`, { hint });
}
