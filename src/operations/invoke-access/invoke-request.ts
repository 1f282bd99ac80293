import type { WaitContext } from '../../core/async/poll.js';
import type { Account } from '../../core/aws/arn.js';
import type { PolicyService } from '../../core/ports/iam.js';
import type { FunctionService } from '../../core/ports/lambda.js';
import type { ObjectReader } from '../../core/ports/s3.js';

/** Which policy lets the server invoke functions. */
export interface PolicyLocation {
  readonly account: Account;
  /** The name of the first policy. */
  readonly policyName: string;
}

/** What the server must be able to invoke. */
export interface InvokeRequest extends PolicyLocation {
  readonly region: string;
  readonly functionArns: readonly string[];
  /** The key of the app's manifest. */
  readonly manifestKey: string;
}

/** Where the policies are, and what has to be known of the account once they are full. */
export interface InvokePorts extends WaitContext {
  readonly policies: PolicyService;
  readonly functions: Promise<Pick<FunctionService, 'exists' | 'list'>>;
  readonly objects: Promise<Pick<ObjectReader, 'list'>>;
}
