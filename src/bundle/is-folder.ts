import { stat } from 'node:fs/promises';

/** Whether a path is that of a folder; false if it cannot be read, which opening it explains. */
export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
