import type { LocalAwsOptions } from './options.js';

/** The options of each service, with their defaults. */
export interface Settings {
  iam: Required<NonNullable<LocalAwsOptions['iam']>>;
  lambda: Required<NonNullable<LocalAwsOptions['lambda']>>;
  logs: Required<NonNullable<LocalAwsOptions['logs']>>;
  s3: Required<NonNullable<LocalAwsOptions['s3']>>;
}

export function settingsOf(options: LocalAwsOptions): Settings {
  return {
    iam: { staleReads: 0, policiesQuota: 1500, ...options.iam },
    lambda: {
      pendingReads: 0,
      inProgressReads: 0,
      deletingReads: 0,
      missingReads: 0,
      roleRefusals: 0,
      missingVpcIds: [],
      requestsPerSecond: Number.POSITIVE_INFINITY,
      today: '2026-11-24',
      whileCodeIsRead: () => undefined,
      ...options.lambda,
    },
    logs: { emptyPages: 0, ...options.logs },
    s3: {
      missingRequests: 0,
      createConflicts: 0,
      otherRegion: 'PermanentRedirect',
      slowDownAbove: Number.POSITIVE_INFINITY,
      ...options.s3,
    },
  };
}
