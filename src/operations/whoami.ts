import { type Account, parseAccount } from '../core/aws/arn.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import { isUnknown, type UnknownPart } from '../core/diagnostics/unknown-part.js';
import type { Vocabulary } from '../core/diagnostics/vocabulary.js';
import type { CallerIdentity } from '../core/ports/iam.js';
import type { Mattermost } from '../core/ports/mattermost.js';
import type { BucketSetup } from '../core/ports/s3.js';

/** Whose AWS credentials are used. */
export interface AwsIdentity extends Account {
  readonly arn: string;
  /** When temporary credentials expire. */
  readonly expiration: Date | undefined;
}

/** What is found out. A part that is not set is undefined. */
export interface WhoamiAnswers {
  readonly identity: AwsIdentity | UnknownPart;
  /** Whether the bucket exists and belongs to the account. */
  readonly bucketExists: boolean | UnknownPart | undefined;
  readonly serverVersion: string | UnknownPart | undefined;
  readonly pluginVersion: string | UnknownPart | undefined;
}

/** What is asked; a part that is not set is undefined. */
export interface WhoamiPorts {
  readonly identity: CallerIdentity;
  /** Returns when the credentials expire; undefined for those that do not. */
  expiration(): Promise<Date | undefined>;
  readonly openBucket: ((accountId: string) => Promise<Pick<BucketSetup, 'exists'>>) | undefined;
  /** Resolves to undefined if no server is set. */
  openServer(): Promise<Pick<Mattermost, 'serverVersion' | 'pluginVersion'> | undefined>;
  readonly vocabulary: Vocabulary;
}

/** Finds out whose credentials are used, and what they reach. A part that cannot be found out does not stop the others. */
export async function findOut(ports: WhoamiPorts): Promise<WhoamiAnswers> {
  const { vocabulary } = ports;
  const server = ports.openServer();
  const [[identity, bucketExists], serverVersion, pluginVersion] = await Promise.all([
    askAws(ports),
    orUnknown(vocabulary, async () => (await server)?.serverVersion()),
    orUnknown(vocabulary, async () => (await server)?.pluginVersion()),
  ]);
  return { identity, bucketExists, serverVersion, pluginVersion };
}

async function askAws({
  identity: port,
  expiration,
  openBucket,
  vocabulary,
}: WhoamiPorts): Promise<readonly [AwsIdentity | UnknownPart, boolean | UnknownPart | undefined]> {
  const identity = await orUnknown(vocabulary, async () => {
    const arn = await port.arn();
    return { arn, ...parseAccount(arn), expiration: await expiration() };
  });
  if (openBucket === undefined) return [identity, undefined];
  // Whether the bucket belongs to the account cannot be asked without the account.
  if (isUnknown(identity)) return [identity, { problem: 'not looked up', hint: undefined }];
  const bucketExists = await orUnknown(vocabulary, async () =>
    (await openBucket(identity.accountId)).exists(),
  );
  return [identity, bucketExists];
}

async function orUnknown<T>(vocabulary: Vocabulary, ask: () => Promise<T>): Promise<T | UnknownPart> {
  try {
    return await ask();
  } catch (error) {
    if (!AppsctlError.is(error) || error.code === 'INTERRUPTED') throw error;
    return { problem: error.message, hint: error.hintIn(vocabulary) };
  }
}
