import { SECOND } from './units.js';

/** Network timeouts, in milliseconds. */
export interface Timeouts {
  /** To connect to AWS. */
  readonly connect: number;
  /** Of AWS, without a byte in either direction. */
  readonly idle: number;
  /** For a complete response of the Mattermost server. */
  readonly mattermost: number;
}

/**
 * The SDK has no timeouts by default. The Apps plugin gives up a request after 30 s; the rest is for a server under load
 * and the proxies in front of it.
 */
export const DEFAULT_TIMEOUTS: Timeouts = {
  connect: 5 * SECOND,
  idle: 60 * SECOND,
  mattermost: 120 * SECOND,
};

/** How long AWS may not show everywhere what was just created or changed, in milliseconds. */
export const PROPAGATION_LIMIT_MS = 20 * SECOND;
