import type { ResourceKind } from '../diagnostics/event.js';

/** A resource that stays although it belongs to what is removed. */
export interface KeptResource {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly reason: string;
}
