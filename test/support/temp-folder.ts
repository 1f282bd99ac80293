import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A temporary folder that its user removes. */
export interface TempFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** Creates a temporary folder. */
export async function createTempFolder(): Promise<TempFolder> {
  const path = await mkdtemp(join(tmpdir(), 'appsctl-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Creates a temporary folder for a test file, which is removed after its tests. */
export async function tempFolder(): Promise<string> {
  const { path, remove } = await createTempFolder();
  afterAll(remove);
  return path;
}

/** Makes paths of new folders for a test file, which are removed after its tests. */
export async function tempFolders(): Promise<() => string> {
  const parent = await tempFolder();
  let count = 0;
  return () => {
    count++;
    return join(parent, `${count}`);
  };
}

/** Creates a folder that is the home and the temporary folder of this process until it is removed. */
export async function createHomeFolder(): Promise<TempFolder> {
  const { path, remove } = await createTempFolder();
  const before = { TMPDIR: process.env['TMPDIR'], HOME: process.env['HOME'] };
  setVariables({ TMPDIR: path, HOME: path });
  return {
    path,
    remove() {
      setVariables(before);
      return remove();
    },
  };
}

function setVariables(variables: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
