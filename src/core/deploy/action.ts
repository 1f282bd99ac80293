import type { Outcome } from '../diagnostics/event.js';

/** What a plan does to a resource. */
export type Action = 'create' | 'update' | 'unchanged';

/** The outcome of an action once it is applied. */
export const OUTCOME_OF: Readonly<Record<Action, Outcome>> = {
  create: 'created',
  update: 'updated',
  unchanged: 'unchanged',
};
