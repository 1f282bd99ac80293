import { SECOND } from './units.js';

/** Network timeouts, in milliseconds. */
export interface Timeouts {
  readonly connect: number;
  /** Without a byte in either direction; for Mattermost, the limit for a whole response. */
  readonly idle: number;
}

/** The SDK has no timeouts by default. */
export const DEFAULT_TIMEOUTS: Timeouts = { connect: 5 * SECOND, idle: 60 * SECOND };

/** How long AWS may not show everywhere what was just created or changed, in milliseconds. */
export const PROPAGATION_LIMIT_MS = 20 * SECOND;
