import type { WaitContext } from '../../core/async/poll.js';
import type { Account } from '../../core/aws/arn.js';
import type { PolicyService } from '../../core/ports/iam.js';
import type { FunctionService } from '../../core/ports/lambda.js';
import type { ObjectReader } from '../../core/ports/s3.js';

/** Identifies the first invoke policy. */
export interface PolicyLocation {
  readonly account: Account;
  readonly policyName: string;
}

/** The functions that the server must be allowed to invoke. */
export interface InvokeRequest extends PolicyLocation {
  readonly region: string;
  readonly functionArns: readonly string[];
  /** The key of the app's manifest, which implies the prefix of its Lambda names. */
  readonly manifestKey: string;
}

/** What the invoke policies are read and changed through; functions and objects are read only when the policies are full. */
export interface InvokePorts extends WaitContext {
  readonly policies: PolicyService;
  readonly functions: Promise<Pick<FunctionService, 'exists' | 'list'>>;
  readonly objects: Promise<Pick<ObjectReader, 'list'>>;
}
