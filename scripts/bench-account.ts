import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { type LocalAws, startLocalAws } from '../test/stand-ins/aws/index.js';
import { type LocalMattermost, startLocalMattermost } from '../test/stand-ins/mattermost/index.js';
import { adminClients } from '../test/support/aws-clients.js';
import { deployerVariables } from '../test/support/variables.js';
import { BIN, type Measurement, measure } from './bench-measure.js';
import type { Row } from './bench-table.js';

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
/** Added to each request, as if AWS were on another continent. */
export const LATENCY_MS = 80;
export const BUCKET = 'bench-bucket';

/** Counts the requests of one run, as the servers receive them. */
class Traffic {
  requests = 0;
  bytes = 0;
  largestBody = 0;
  peakInFlight = 0;
  private inFlight = 0;

  async pass(bodyBytes: number): Promise<undefined> {
    this.requests++;
    this.bytes += bodyBytes;
    this.largestBody = Math.max(this.largestBody, bodyBytes);
    this.peakInFlight = Math.max(this.peakInFlight, ++this.inFlight);
    await new Promise((resolve) => setTimeout(resolve, LATENCY_MS));
    this.inFlight--;
    return undefined;
  }
}

/** Runs a command of `appsctl aws`, or deploys. */
type RunInAccount = (
  what: string,
  args: readonly string[],
  measurement?: Measurement,
  expected?: number,
) => Promise<Row>;

/** An account and a server, and how a command runs there. */
interface Account {
  readonly aws: LocalAws;
  readonly mattermost: LocalMattermost;
  /** The variables with which it runs. */
  readonly env: Record<string, string>;
  readonly run: RunInAccount;
}

/** Works with a separate account and server, which delay each request. */
export async function withAccount<Result>(
  work: (deploy: RunInAccount, aws: LocalAws, account: Account) => Promise<Result>,
  like?: LocalAws,
): Promise<Result> {
  let traffic: Traffic | undefined;
  const aws = await startLocalAws({
    intercept: ({ bodyBytes }) => traffic?.pass(bodyBytes),
    ...(like !== undefined && { like }),
  });
  const mattermost = await startLocalMattermost({ intercept: () => traffic?.pass(0) });
  const env: Record<string, string> = deployerVariables(aws, mattermost, BUCKET);
  try {
    if (like === undefined) await measure([BIN, 'aws', 'init', '--create'], 'time', env);
    const run: RunInAccount = async (what, args, measurement = 'memory', expected = 0) => {
      traffic = new Traffic();
      const { seconds, megabytes } = await measure([BIN, 'aws', ...args], measurement, env, expected);
      const { requests, peakInFlight, bytes, largestBody } = traffic;
      traffic = undefined;
      const ratio = (requests * LATENCY_MS) / 1000 / seconds;
      return { what, seconds, megabytes, requests, peakInFlight, bytes, largestBody, ratio };
    };
    const deploy: RunInAccount = (what, args, measurement) => run(what, ['deploy', ...args], measurement);
    return await work(deploy, aws, { aws, mattermost, env, run });
  } finally {
    await Promise.all([aws.stop(), mattermost.stop()]);
  }
}

/** Adds a bundle to the bucket of the bundles. */
type AddBundle = (key: string, content: Buffer, isDeployed?: boolean) => Promise<void>;

/** Works with an account that has a bucket of bundles. */
export function withBundles<Result>(
  work: (account: Account, add: AddBundle) => Promise<Result>,
): Promise<Result> {
  return withAccount(async (_deploy, aws, account) => {
    const Bucket = 'bench-bundles';
    const { s3, destroy } = adminClients(aws);
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    Object.assign(account.env, { MM_APPS_BUNDLE_BUCKET: Bucket, MM_APPS_ENVIRONMENT: 'bench' });
    try {
      return await work(account, async (Key, Body, isDeployed = false) => {
        await s3.send(
          new PutObjectCommand({ Bucket, Key, Body, ...(isDeployed && { Tagging: 'deployed_bench=true' }) }),
        );
      });
    } finally {
      destroy();
    }
  });
}
