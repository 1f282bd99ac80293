/** What the error codes of Node's file system mean, as clauses about the file or folder. */
const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ELOOP: 'its links form a loop',
  ENAMETOOLONG: 'its name is too long',
  ENOENT: 'it does not exist',
  ENOSPC: 'no space is left on the device',
  ENOTDIR: 'a part of its path is not a folder',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ERR_FS_FILE_TOO_LARGE: 'it is larger than 2 GiB',
};

/** The code of an error of Node's file system, such as ENOENT. */
export function fileErrorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

/** Whether an error of Node's file system says that nothing is at a path. */
export function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(fileErrorCode(error));
}

/** Whether an error of Node's file system says that no file can have a path. */
export function isInvalidPath(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(fileErrorCode(error));
}

/**
 * Explains an error of Node's file system.
 *
 * @param error what was thrown
 * @param specific clauses by error code that are more precise for what was attempted
 * @returns a clause such as `it does not exist`
 */
export function fileProblem(error: unknown, specific: Readonly<Record<string, string>> = {}): string {
  const code = fileErrorCode(error);
  return specific[code] ?? PROBLEMS[code] ?? (error as Error).message;
}
