import type { FieldChange } from '../deploy/function-changes.js';
import type { FunctionSpec, FunctionState } from '../deploy/function-spec.js';

/** The result of invoking a function. */
export interface Invocation {
  /** What the function returned; the error as JSON when it failed. */
  readonly payload: string;
  /** Set when the function failed: `Handled` or `Unhandled`. */
  readonly functionError: string | undefined;
}

/** The functions of an account in one region. */
export interface FunctionService {
  /** Returns a function, or undefined when it does not exist. */
  find(name: string): Promise<FunctionState | undefined>;
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
  /** Waits until a function can be invoked. */
  whenReady(name: string): Promise<void>;
}

/** Invokes functions. */
export interface FunctionCaller {
  /** Invokes a function synchronously. */
  invoke(name: string, payload: string): Promise<Invocation>;
}
