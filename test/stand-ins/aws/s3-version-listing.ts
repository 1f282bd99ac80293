import { AwsError } from './errors.js';
import { queryValue } from './exchange.js';
import { compareBytes } from './paging.js';
import { KEYS_PER_PAGE, readLimit, shownKey } from './s3-listing.js';
import type { Bucket, Version } from './s3-model.js';
import { existingBucket, type S3Operation, type S3Request, xmlAnswer } from './s3-request.js';
import { isDeleteMarker } from './s3-versions.js';
import type { XmlValue } from './xml.js';

/** A version, or a common prefix. */
interface Entry {
  key: string;
  /** Undefined for a common prefix. */
  version: Version | undefined;
  isLatest: boolean;
}

/** All versions, by key, newest first. */
function entriesOf(bucket: Bucket, prefix: string, delimiter: string): Entry[] {
  const histories: (readonly [string, readonly Version[]])[] =
    bucket.versioning === undefined
      ? [...bucket.objects.values()].map((object) => [object.key, [object]] as const)
      : [...bucket.versions];
  const folded = new Set<string>();
  return histories
    .filter(([key]) => key.startsWith(prefix))
    .sort(([a], [b]) => compareBytes(a, b))
    .flatMap(([key, versions]): Entry[] => {
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      if (cut < 0) return versions.map((version, index) => ({ key, version, isLatest: index === 0 }));
      const common = key.slice(0, cut + delimiter.length);
      if (folded.has(common)) return [];
      folded.add(common);
      return [{ key: common, version: undefined, isLatest: false }];
    });
}

/** The start of a page: after a version, or after all versions of a key. */
function startOf(entries: readonly Entry[], { call }: S3Request): number {
  const [key, versionId] = [queryValue(call, 'key-marker'), queryValue(call, 'version-id-marker')];
  if (key === undefined || key === '') {
    if (versionId === undefined || versionId === '') return 0;
    throw new AwsError(
      400,
      'InvalidArgument',
      'A version-id marker cannot be specified without a key marker.',
      {
        ArgumentName: 'version-id-marker',
        ArgumentValue: versionId,
      },
    );
  }
  const named = entries.findIndex(
    (entry) => entry.key === key && versionId !== undefined && idOf(entry) === versionId,
  );
  if (named >= 0) return named + 1;
  const next = entries.findIndex((entry) => compareBytes(entry.key, key) > 0);
  return next < 0 ? entries.length : next;
}

function idOf({ version }: Entry): string | undefined {
  return version && (version.versionId ?? 'null');
}

export const versionListingOperations = {
  ListObjectVersions: {
    name: 'ListObjectVersions',
    action: 's3:ListBucketVersions',
    act(request) {
      const { account, call } = request;
      const bucket = existingBucket(request);
      const [prefix, delimiter] = [queryValue(call, 'prefix') ?? '', queryValue(call, 'delimiter') ?? ''];
      const shown = shownKey(call);
      const most = readLimit(queryValue(call, 'max-keys'));
      const entries = entriesOf(bucket, prefix, delimiter);
      const start = startOf(entries, request);
      const page = entries.slice(start, start + account.limit(most, KEYS_PER_PAGE));
      const last = page.at(-1);
      const more = start + page.length < entries.length && last !== undefined;
      const Owner = { ID: bucket.owner };
      const common = ({ version, ...entry }: Entry) => ({
        Key: shown(entry.key),
        VersionId: idOf({ version, ...entry }),
        IsLatest: entry.isLatest,
        LastModified: version?.lastModified.toISOString(),
      });
      const fields = (entry: Entry): XmlValue => {
        const { version } = entry;
        if (version === undefined || isDeleteMarker(version)) return { ...common(entry), Owner };
        return {
          ...common(entry),
          ETag: version.etag,
          ChecksumAlgorithm: version.checksum?.algorithm ?? 'CRC64NVME',
          ChecksumType: version.checksum?.type ?? 'FULL_OBJECT',
          Size: version.bytes.length,
          StorageClass: version.storageClass,
          Owner,
        };
      };
      const versions = page.filter(({ version }) => version !== undefined);
      return xmlAnswer('ListVersionsResult', {
        Name: bucket.name,
        Prefix: shown(prefix),
        KeyMarker: shown(queryValue(call, 'key-marker') ?? ''),
        VersionIdMarker: queryValue(call, 'version-id-marker') ?? '',
        Delimiter: delimiter === '' ? undefined : shown(delimiter),
        MaxKeys: most,
        EncodingType: queryValue(call, 'encoding-type') === 'url' ? 'url' : undefined,
        IsTruncated: more,
        NextKeyMarker: more ? shown(last.key) : undefined,
        NextVersionIdMarker: more ? idOf(last) : undefined,
        Version: versions.filter(({ version }) => !isDeleteMarker(version)).map(fields),
        DeleteMarker: versions.filter(({ version }) => isDeleteMarker(version)).map(fields),
        CommonPrefixes: page.flatMap(({ key, version }) =>
          version === undefined ? [{ Prefix: shown(key) }] : [],
        ),
      });
    },
  },
} satisfies Record<string, S3Operation>;
