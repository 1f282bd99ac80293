import { statSync } from 'node:fs';
import { join } from 'node:path';

/** An argument that names an app: by its ID and version, or by a folder or bundle. */
export type AppArgument = { readonly app: string } | { readonly bundle: string };

/**
 * Tells the ID of an app from the path of its folder or bundle. A path has a slash or ends with .zip, or is a folder with a
 * manifest.
 */
export function readAppArgument(text: string): AppArgument {
  if (text.includes('@') && !/[\\/]|\.zip$/i.test(text)) return { app: text };
  const isPath = /[\\/]|\.zip$|^\.\.?$/i.test(text) || isFile(join(text, 'manifest.json'));
  return isPath ? { bundle: text } : { app: text };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
