import type { ErrorCode } from '../diagnostics/error.js';

/** What may be missing in a report, because it could not be read; in the order in which it is reported. */
export const INVENTORY_PARTS = [
  'manifests',
  'functions',
  'assets',
  'invoke policies',
  'other functions',
  'server',
  'bundle',
] as const;
export type InventoryPart = (typeof INVENTORY_PARTS)[number];

/** A part that could not be read. */
export interface UncheckedPart {
  readonly part: InventoryPart;
  /** How many requests were refused. */
  readonly count: number;
  /** ACCESS_DENIED for a missing permission. */
  readonly code: ErrorCode;
  /** Why, for the first of them. */
  readonly message: string;
  readonly hint: string | undefined;
}

/** Describes it, as in `not checked: functions: cannot look up function x: …`. */
export function describeUnchecked({ part, count, message, hint }: UncheckedPart): string {
  const times = count > 1 ? ` (and ${(count - 1).toLocaleString('en-US')} more)` : '';
  return `not checked: ${part}: ${message}${times}${hint === undefined ? '' : `; ${hint}`}`;
}
