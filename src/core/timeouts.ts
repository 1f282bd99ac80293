import { SECOND } from './units.js';

/** Network timeouts, in milliseconds. */
export interface Timeouts {
  /** To connect to AWS. */
  readonly connect: number;
  /** Without a byte sent to or received from AWS. */
  readonly idle: number;
  /** For a complete response of the Mattermost server. */
  readonly mattermost: number;
}

/**
 * The SDK has no timeouts by default. The Apps plugin gives up on a request after 30 s; the other 90 s are for a server
 * under load and the proxies in front of it.
 */
export const DEFAULT_TIMEOUTS: Timeouts = {
  connect: 5 * SECOND,
  idle: 60 * SECOND,
  mattermost: 120 * SECOND,
};

/** How long a change may take to be visible everywhere in AWS, in milliseconds. */
export const PROPAGATION_LIMIT_MS = 20 * SECOND;
