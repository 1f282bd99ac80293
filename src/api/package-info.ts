import { readFileSync } from 'node:fs';

/** What package.json says about this program. */
export function readPackageInfo(): { readonly version: string; readonly bugs: { readonly url: string } } {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
}
