import type { Findings } from '../diagnostics/findings.js';
import { LIMITS } from '../limits.js';
import { type BundleEntry, STATIC_PREFIX } from './bundle.js';

/** Checks the size of an entry of a bundle. Returns whether it is within the limit. */
export function checkEntrySize({ name, size }: BundleEntry, findings: Findings): boolean {
  const [rule, limit, what] = name.startsWith(STATIC_PREFIX)
    ? (['asset/too-large', LIMITS.asset, 'an asset'] as const)
    : ([
        'function/too-large',
        LIMITS.function,
        /\.(?:zip|jar)$/.test(name) ? 'a function archive' : 'a file',
      ] as const);
  if (size <= limit) return true;
  findings.error(rule, name, `has ${size} bytes, over the limit of ${limit} for ${what}`, 'make it smaller');
  return false;
}

/**
 * Checks the size of all entries of a bundle together. Returns whether it is within the limit.
 *
 * @param file the name of the bundle
 * @param total uncompressed bytes
 */
export function checkTotalSize(file: string, total: number, findings: Findings): boolean {
  if (total <= LIMITS.total) return true;
  const message = `has ${total} bytes when uncompressed, over the limit of ${LIMITS.total}`;
  findings.error('zip/too-large', file, message, 'remove what the app does not need');
  return false;
}

/**
 * Checks the size of the content of a function archive. Returns whether it is within the limit.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (deployment package, unzipped)
 *
 * @param archive its name
 * @param bytes of its files, uncompressed
 */
export function checkContentSize(archive: string, bytes: number, findings: Findings): boolean {
  if (bytes <= LIMITS.function) return true;
  const message = `has ${bytes} bytes when uncompressed, over the limit of ${LIMITS.function}`;
  findings.error('function/too-large', archive, message, 'remove what the function does not need');
  return false;
}

/**
 * Checks the content of all function archives together. Returns whether it is within the limits.
 *
 * @param file the name of the bundle
 */
export function checkTotalContent(
  file: string,
  { bytes, entries }: { readonly bytes: number; readonly entries: number },
  findings: Findings,
): boolean {
  const excess =
    bytes > LIMITS.content
      ? `${LIMITS.content} bytes in total when uncompressed`
      : entries > LIMITS.contentEntries
        ? `${LIMITS.contentEntries} entries in total`
        : undefined;
  if (excess === undefined) return true;
  const message = `has function archives with more than ${excess}, the limit for a bundle`;
  findings.error('function/too-large', file, message, 'remove what the functions do not need');
  return false;
}
