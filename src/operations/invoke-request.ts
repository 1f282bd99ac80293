import type { Account } from '../core/arn.js';
import type { WaitContext } from '../core/poll.js';
import type { Functions, ObjectReader, Policies } from '../core/ports.js';

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
  readonly policies: Policies;
  readonly functions: Promise<Pick<Functions, 'exists' | 'list'>>;
  readonly objects: Promise<Pick<ObjectReader, 'list'>>;
}
