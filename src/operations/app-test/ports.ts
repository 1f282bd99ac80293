import type { WaitContext } from '../../core/async/poll.js';
import type { CallerIdentity } from '../../core/ports/iam.js';
import type { FunctionCaller } from '../../core/ports/lambda.js';
import type { BucketSetup, ConditionalStore, ObjectReader } from '../../core/ports/s3.js';

/** The bucket of the apps, to read, and to find out that it cannot be written. */
export type AppBucket = ObjectReader & Pick<ConditionalStore, 'replaceIf'>;

/** What testing an app needs, with the credentials of the server. */
export interface AppTestPorts extends WaitContext {
  readonly identity: CallerIdentity;
  /** How messages name the credentials. */
  readonly credentialsSource: string;
  /** How messages name whom they belong to. */
  readonly credentialsOwner: string;
  readonly caller: FunctionCaller;
  /** @param accountId the account that the bucket must belong to */
  openBucket(accountId: string): Promise<AppBucket>;
  /** @param accountId the account that the bucket must belong to */
  openBucketSetup(accountId: string): Promise<Pick<BucketSetup, 'name' | 'exists'>>;
}

/** What the checks of an app need. */
export interface AppTest extends Pick<AppTestPorts, 'caller' | 'signal'> {
  readonly bucket: AppBucket;
  /** Repeats a request while AWS refuses it because the access key or its policy is new. */
  patiently<T>(send: () => Promise<T>): Promise<T>;
}
