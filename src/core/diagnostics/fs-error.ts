/** What Node's error codes of the file system mean, said of the file or folder. */
const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  ENOENT: 'it does not exist',
  ENOSPC: 'no space is left on the device',
  ENOTDIR: 'a part of its path is not a folder',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ERR_FS_FILE_TOO_LARGE: 'it is larger than 2 GiB',
};

/** The code of an error that Node's file system threw, such as ENOENT. */
export function fileErrorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

/**
 * Why something could not be done with a file or folder.
 *
 * @param error what Node's file system threw
 * @returns a clause such as `it does not exist`
 */
export function fileProblem(error: unknown): string {
  return PROBLEMS[fileErrorCode(error)] ?? (error as Error).message;
}
