import { AppsctlError } from '../diagnostics/error.js';

/** An app, or one version of it, as it is named on the command line: `com.example.app` or `com.example.app@v1.2.0`. */
export interface AppReference {
  readonly id: string;
  readonly version: string | undefined;
}

/** Whether a text has the form of an app's ID. */
export function isAppId(text: string): boolean {
  return /^[\w.-]{3,32}$/.test(text);
}

/**
 * Parses `APP` or `APP@VERSION`.
 *
 * @throws AppsctlError USAGE when the ID or the version is empty
 */
export function parseAppReference(text: string): AppReference {
  const at = text.indexOf('@');
  const id = at === -1 ? text : text.slice(0, at);
  const version = at === -1 ? undefined : text.slice(at + 1);
  if (id !== '' && version !== '') return { id, version };
  throw new AppsctlError('USAGE', `${JSON.stringify(text)} is not an app`, {
    hint: 'write its ID, such as com.example.app, or its ID and version, such as com.example.app@v1.2.0',
  });
}
