import type { ListedBundle } from './upload.js';

/** What cannot be read before it is restored. */
const ARCHIVED: readonly string[] = ['GLACIER', 'DEEP_ARCHIVE'];

/** How many bundles can be deployed at a time. */
export const PARALLEL_BUNDLES = { min: 1, max: 10 } as const;

/** Whether an object of the bucket is a bundle that can be read. */
export function isBundle({ key, size, storageClass }: ListedBundle): boolean {
  return /\.zip$/i.test(key) && size > 0 && !ARCHIVED.includes(storageClass ?? '');
}

/** Sorts bundles in the order in which they are deployed: the oldest first. */
export function compareUploads(a: ListedBundle, b: ListedBundle): number {
  return a.uploadedAt - b.uploadedAt || (a.key < b.key ? -1 : 1);
}

/** Whether a text can be the ID of an app, in which `*` is any text. */
export function isAppPattern(text: string): boolean {
  return /^[A-Za-z0-9_.*-]+$/.test(text);
}

/**
 * Whether an app may be deployed.
 *
 * @param patterns IDs, in which `*` is any text; undefined for all apps
 */
export function isAllowedApp(appId: string, patterns: readonly string[] | undefined): boolean {
  return patterns === undefined || patterns.some((pattern) => toExpression(pattern).test(appId));
}

function toExpression(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.\\+?^$()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
