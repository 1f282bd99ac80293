import { isBucketName } from '../aws/valid-names.js';
import { AppsctlError } from '../diagnostics/error.js';
import { isUnencrypted, parseUrl } from '../http-url.js';

/** Where an app is: in a file or folder of this machine, or where its bundle can be downloaded from. */
export type AppLocation =
  | { readonly kind: 'path'; readonly path: string }
  /** `name` is the URL without user, password and query: they may be secrets, as in presigned URLs. */
  | { readonly kind: 'url'; readonly url: URL; readonly name: string }
  | { readonly kind: 's3'; readonly object: ObjectLocation; readonly name: string };

/** An object in any bucket. */
export interface ObjectLocation {
  readonly bucket: string;
  readonly key: string;
  /** Undefined for the current version. */
  readonly versionId: string | undefined;
}

/**
 * Reads where an app is.
 *
 * @param text a path, an https URL, or `s3://bucket/key` with an optional `?versionId=…`
 * @throws AppsctlError USAGE for any other URL; secrets in it are not repeated
 */
export function parseAppLocation(text: string): AppLocation {
  // A single letter is a drive of Windows.
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return { kind: 'path', path: text };
  if (scheme === 's3') return parseS3Uri(text);
  const url = parseUrl(text);
  if (!['http', 'https'].includes(scheme) || url === undefined) {
    throw new AppsctlError('USAGE', `a bundle cannot be downloaded from ${scheme}:// …`, {
      hint: 'use an https URL, s3://BUCKET/KEY, or a path',
    });
  }
  const name = urlName(url);
  if (isUnencrypted(url.href)) {
    throw new AppsctlError('USAGE', `${name}: bundles are downloaded over https only`, {
      hint: 'use https, or save the bundle as a file first',
    });
  }
  return { kind: 'url', url, name };
}

/** Whether a text is a SHA-256 in hex. */
export function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/i.test(text);
}

/** A URL without what may be secret in it. */
export function urlName({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

/** Keys are not encoded, as in the AWS CLI. */
function parseS3Uri(text: string): AppLocation {
  const [, bucket = '', key = '', versionId] =
    /^s3:\/\/([^/]*)\/(.+?)(?:\?versionId=([^?&=]+))?$/is.exec(text) ?? [];
  if (key === '' || !isBucketName(bucket)) {
    throw new AppsctlError(
      'USAGE',
      `${JSON.stringify(text)} is not of the form s3://BUCKET/KEY?versionId=VERSION`,
      {
        hint: 'the version is optional',
      },
    );
  }
  const version = versionId === undefined ? '' : `?versionId=${versionId}`;
  return { kind: 's3', object: { bucket, key, versionId }, name: `s3://${bucket}/${key}${version}` };
}
