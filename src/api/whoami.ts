import { isBucketName } from '../core/aws/valid-names.js';
import { isUnknown, type UnknownPart } from '../core/diagnostics/unknown-part.js';
import type { AwsIdentity, WhoamiAnswers } from '../operations/whoami.js';
import { openBucketSetup, openIdentity, openMattermost } from './adapters.js';
import { invalidOption, resolveConnection } from './connection.js';
import type { AwsAccountOptions, ConnectionOptions, MattermostOptions } from './network-options.js';

export type { AwsIdentity, UnknownPart, WhoamiAnswers };

/** Options of {@link whoami}. */
export interface WhoamiOptions extends ConnectionOptions {
  readonly aws: AwsAccountOptions & {
    /**
     * The bucket for manifests and assets.
     *
     * @default not looked up
     */
    readonly bucket?: string | undefined;
  };
  /**
   * The Mattermost server.
   *
   * @default not asked
   */
  readonly mattermost?: MattermostOptions | undefined;
}

/** Whose credentials are used, and what they reach. */
export interface WhoamiReport extends WhoamiAnswers {
  /**
   * Where the credentials come from, such as `profile x`, and more about it, such as the role that it assumes. The source
   * is undefined if there are none.
   */
  readonly credentials: { readonly source: string | undefined; readonly detail: string | undefined };
  /** The region and what it was chosen by. */
  readonly region: { readonly name: string; readonly source: string };
  /** The name of the bucket; undefined if none is set. */
  readonly bucket: string | undefined;
  /** The URL of the Mattermost server; undefined if none is set. */
  readonly siteUrl: string | undefined;
}

/**
 * Finds out whose AWS credentials are used, where they come from and when they expire, and whether the bucket and the
 * Mattermost server can be reached. What cannot be found out is a part of the report, and does not stop the rest.
 *
 * @throws AppsctlError USAGE, MISSING_VARIABLE and INVALID_VARIABLE for what cannot be valid, CREDENTIALS for a profile
 *   that does not exist, INTERRUPTED
 */
export async function whoami(options: WhoamiOptions): Promise<WhoamiReport> {
  const { aws, mattermost, onEvent = () => {} } = options;
  const { bucket } = aws;
  if (bucket !== undefined && !isBucketName(bucket)) {
    throw invalidOption('aws.bucket', bucket, 'a valid S3 bucket name');
  }
  const { connection, regionSource, source, vocabulary } = await resolveConnection(options);
  const { credentials, region, credentialsSource } = connection;
  const [{ findOut }, identity] = await Promise.all([
    import('../operations/whoami.js'),
    openIdentity({ connection }),
  ]);
  const answers = await findOut({
    identity,
    expiration: async () =>
      (typeof credentials === 'function' ? await credentials() : credentials).expiration,
    openBucket:
      bucket === undefined ? undefined : (accountId) => openBucketSetup({ connection, bucket }, accountId),
    openServer: async () => mattermost && openMattermost({ connection, onEvent }, mattermost),
    vocabulary,
  });
  // Where credentials are looked for last, if they are nowhere else.
  const isLast = source?.kind === 'instance' || source?.kind === 'nowhere';
  const isNone = isLast && isUnknown(answers.identity);
  return {
    credentials: { source: isNone ? undefined : credentialsSource, detail: source?.detail },
    region: { name: region, source: regionSource },
    ...{ bucket, siteUrl: mattermost?.url, ...answers },
  };
}
