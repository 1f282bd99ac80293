import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Finds the workspace of an app, whose packages its functions may link to: the nearest folder, the app's own or one above,
 * with a pnpm-workspace.yaml, or with a package.json that has "workspaces".
 * Rules: https://pnpm.io/workspaces, https://docs.npmjs.com/cli/using-npm/workspaces
 *
 * @param folder the real path of the app's folder
 * @returns a real path; the app's folder if there is no workspace
 */
export async function findWorkspaceRoot(folder: string): Promise<string> {
  for (let current = folder; ; current = dirname(current)) {
    if (await isWorkspaceRoot(current)) return current;
    if (dirname(current) === current) return folder;
  }
}

async function isWorkspaceRoot(folder: string): Promise<boolean> {
  try {
    await access(join(folder, 'pnpm-workspace.yaml'));
    return true;
  } catch {
    return hasWorkspaces(await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}'));
  }
}

/** Whether a package.json has workspaces: a list, or for Yarn 1 an object with the list `packages`. */
function hasWorkspaces(text: string): boolean {
  try {
    const { workspaces } = JSON.parse(text) as { workspaces?: unknown };
    return Array.isArray(workspaces) || (typeof workspaces === 'object' && workspaces !== null);
  } catch {
    return false;
  }
}
