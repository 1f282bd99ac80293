import type { FieldChange } from '../deploy/function-changes.js';
import type { FunctionSpec, FunctionState } from '../deploy/function-spec.js';

/** The result of invoking a function. */
export interface Invocation {
  /** What the function returned; the error as JSON when it failed. */
  readonly payload: string;
  /** Set when the function failed: `Handled` or `Unhandled`. */
  readonly functionError: string | undefined;
  /** The end of its log, at most 4 KB; empty if AWS does not return it. */
  readonly log: string;
}

/** A function with what people want to know of it, but no deployment. */
export interface FunctionDetails extends FunctionState {
  /** As AWS Lambda names it, such as Active or Inactive; `status` only says whether a deployment can change it. */
  readonly state: string;
  /** Why it has this state, in the words of AWS; undefined for Active. */
  readonly stateReason: string | undefined;
  readonly isUpdating: boolean;
  /** Bytes of its archive. */
  readonly codeSize: number;
  /** Milliseconds since the epoch. */
  readonly lastModified: number;
}

/** The functions of an account in one region. */
export interface FunctionService {
  /** Returns a function, or undefined when it does not exist. */
  find(name: string): Promise<FunctionState | undefined>;
  /** Returns a function as it is now, also one that is being deleted; undefined when it does not exist. */
  describe(name: string): Promise<FunctionDetails | undefined>;
  /** Whether a function exists. Also true without permission to look it up, and while it is being deleted. */
  exists(name: string): Promise<boolean>;
  /** Returns the ARNs of all functions. */
  list(): Promise<string[]>;
  /**
   * Creates a function and waits until it can be invoked.
   *
   * @returns false when a function of that name already exists
   */
  create(spec: FunctionSpec): Promise<boolean>;
  /** Updates the given fields of a function and waits until it can be invoked. */
  update(spec: FunctionSpec, current: FunctionState, changes: readonly FieldChange[]): Promise<void>;
  /** Dry run of a code update: rejects if AWS would refuse new code for the function. Changes nothing. */
  checkCodeUpdate(current: FunctionState, changes: readonly FieldChange[]): Promise<void>;
  /**
   * Deletes a function, with all of its versions and aliases, and waits until it no longer exists.
   *
   * @returns false when it did not exist
   */
  delete(name: string): Promise<boolean>;
  /** Waits until a function can be invoked. */
  whenReady(name: string): Promise<void>;
}

/** Invokes functions. */
export interface FunctionCaller {
  /**
   * Invokes a function synchronously.
   *
   * @throws AppsctlError FUNCTION_FAILED when it does not respond in time, NOT_FOUND when it does not exist
   */
  invoke(name: string, payload: string): Promise<Invocation>;
  /** Whether the caller is allowed to invoke a function, which need not exist. Does not invoke it. */
  mayInvoke(name: string): Promise<boolean>;
}
