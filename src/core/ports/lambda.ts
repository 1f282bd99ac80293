import type { FieldChange, FunctionSpec, FunctionState } from '../deploy/function-spec.js';

/** The outcome of a call to a function. */
export interface Invocation {
  /** The answer; when the function failed, AWS's description of that. */
  readonly payload: string;
  /** Set when the function itself failed: `Handled` or `Unhandled`. */
  readonly functionError: string | undefined;
}

/** The functions of an account in one region. */
export interface FunctionService {
  /** The function as it is, or undefined. */
  find(name: string): Promise<FunctionState | undefined>;
  /** Whether there is a function, as far as can be known: one that may not be looked up, or that is being deleted, counts. */
  exists(name: string): Promise<boolean>;
  /** The ARNs of all functions. */
  list(): Promise<string[]>;
  /**
   * Creates a function and waits until it can be called.
   *
   * @returns false when there already is a function of the name
   */
  create(spec: FunctionSpec): Promise<boolean>;
  /** Changes the fields that differ, and waits until the function can be called. */
  update(spec: FunctionSpec, current: FunctionState, changes: readonly FieldChange[]): Promise<void>;
  /** Asks AWS whether it would accept new code for a function; changes nothing. Throws when it would not. */
  checkCodeUpdate(current: FunctionState, changes: readonly FieldChange[]): Promise<void>;
  /** Waits until a function can be called. */
  whenReady(name: string): Promise<void>;
}

/** Calls functions. */
export interface FunctionCaller {
  /** Calls the function and waits for its answer. */
  invoke(name: string, payload: string): Promise<Invocation>;
}
