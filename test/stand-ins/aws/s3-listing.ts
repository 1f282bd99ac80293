import { AwsError } from './errors.js';
import { type IncomingCall, queryValue } from './exchange.js';
import { compareBytes, decodeMarker, encodeMarker } from './paging.js';
import type { StoredObject } from './s3-model.js';
import { existingBucket, type S3Operation, type S3Request, xmlAnswer } from './s3-request.js';

export const KEYS_PER_PAGE = 1000;

/** One line of a listing: an object, or all keys with the same prefix up to the delimiter. */
type Entry = { key: string; object: StoredObject } | { key: string; object: undefined };

export function listContext(request: S3Request): Record<string, string> {
  const context: Record<string, string> = {};
  for (const name of ['prefix', 'delimiter', 'max-keys']) {
    const value = queryValue(request.call, name);
    if (value !== undefined) context[`s3:${name}`] = value;
  }
  return context;
}

/** @param name the parameter that asks for the limit */
export function readLimit(asked: string | undefined, name = 'max-keys'): number {
  const limit = Number(asked ?? KEYS_PER_PAGE);
  if (!Number.isInteger(limit) || limit < 0) {
    throw new AwsError(400, 'InvalidArgument', `Provided ${name} not an integer or within integer range`, {
      ArgumentName: name,
      ArgumentValue: asked ?? '',
    });
  }
  return Math.min(limit, KEYS_PER_PAGE);
}

function entriesOf(objects: Iterable<StoredObject>, prefix: string, delimiter: string): Entry[] {
  const entries: Entry[] = [];
  const prefixes = new Set<string>();
  const sorted = [...objects].sort((a, b) => compareBytes(a.key, b.key));
  for (const object of sorted) {
    if (!object.key.startsWith(prefix)) continue;
    const cut = delimiter === '' ? -1 : object.key.indexOf(delimiter, prefix.length);
    if (cut < 0) {
      entries.push({ key: object.key, object });
      continue;
    }
    const common = object.key.slice(0, cut + delimiter.length);
    if (!prefixes.has(common)) entries.push({ key: common, object: undefined });
    prefixes.add(common);
  }
  return entries;
}

export const listingOperations = {
  ListObjectsV2: {
    name: 'ListObjectsV2',
    action: 's3:ListBucket',
    act(request) {
      const { account, call } = request;
      const bucket = existingBucket(request);
      const [prefix, delimiter] = [queryValue(call, 'prefix') ?? '', queryValue(call, 'delimiter') ?? ''];
      const startAfter = queryValue(call, 'start-after');
      const token = queryValue(call, 'continuation-token');
      if (token === '') {
        throw new AwsError(400, 'InvalidArgument', 'The continuation token provided is incorrect', {
          ArgumentName: 'continuation-token',
        });
      }
      const shown = shownKey(call);
      const most = readLimit(queryValue(call, 'max-keys'));
      const after = token === undefined ? startAfter : decodeMarker(token);
      const rest = entriesOf(bucket.objects.values(), prefix, delimiter).filter(
        ({ key }) =>
          after === undefined || (compareBytes(key, after) > 0 && !isCommonPrefixOf(key, after, delimiter)),
      );
      const page = rest.slice(0, account.limit(most, KEYS_PER_PAGE));
      const last = page.at(-1);
      const more = rest.length > page.length && last !== undefined;

      return xmlAnswer('ListBucketResult', {
        Name: bucket.name,
        Prefix: shown(prefix),
        Delimiter: delimiter === '' ? undefined : shown(delimiter),
        StartAfter: startAfter === undefined ? undefined : shown(startAfter),
        ContinuationToken: token,
        NextContinuationToken: more ? encodeMarker(last.key) : undefined,
        KeyCount: page.length,
        MaxKeys: most,
        EncodingType: queryValue(call, 'encoding-type') === 'url' ? 'url' : undefined,
        IsTruncated: more,
        Contents: page.flatMap(({ key, object }) =>
          object === undefined
            ? []
            : [
                {
                  Key: shown(key),
                  LastModified: object.lastModified.toISOString(),
                  ETag: object.etag,
                  ChecksumAlgorithm: object.checksum?.algorithm ?? 'CRC64NVME',
                  ChecksumType: object.checksum?.type ?? 'FULL_OBJECT',
                  Size: object.bytes.length,
                  StorageClass: object.storageClass,
                },
              ],
        ),
        CommonPrefixes: page.flatMap(({ key, object }) =>
          object === undefined ? [{ Prefix: shown(key) }] : [],
        ),
      });
    },
  },
} satisfies Record<string, S3Operation>;

/** Who starts after a key has seen the common prefix in which that key lies. */
function isCommonPrefixOf(key: string, after: string, delimiter: string): boolean {
  return delimiter !== '' && key.endsWith(delimiter) && after.startsWith(key);
}

/** How a response shows keys: plain, or URL-encoded if requested. */
export function shownKey(call: IncomingCall): (key: string) => string {
  return queryValue(call, 'encoding-type') === 'url' ? encodeKey : (key) => key;
}

/** S3's own form: slashes stay, a space becomes a plus sign. */
function encodeKey(key: string): string {
  return encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');
}
