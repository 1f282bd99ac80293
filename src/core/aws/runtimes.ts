/** What AWS Lambda accepts for a runtime on a given day. */
export type RuntimeStatus =
  | { readonly kind: 'current' }
  /** Functions can be created until the day `createBlocked`. */
  | { readonly kind: 'ending'; readonly createBlocked: string }
  /** Functions can no longer be created; existing ones can be updated until the day `updateBlocked`. */
  | { readonly kind: 'create-blocked'; readonly updateBlocked: string; readonly isCertain: boolean }
  /** Functions can be neither created nor updated. */
  | { readonly kind: 'update-blocked'; readonly isCertain: boolean }
  /** The runtime is not in the table. */
  | { readonly kind: 'unknown' };

/** The retired runtime of Go programs, and its replacement. */
export const GO_RUNTIME = 'go1.x';
export const GO_SUCCESSOR = 'provided.al2023';

/**
 * Blocked before 2026-08-22, the date of the table below. All other dates were only announced, and AWS has postponed
 * announced dates before. Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
 */
const PAST = '2000-01-01';
/** Not announced. */
const NEVER = '9999-12-31';
/** The days from which AWS blocks the creation and, about a month later, updates of functions with a runtime. */
const RUNTIMES = new Map([
  ...days(
    'nodejs nodejs4.3 nodejs4.3-edge nodejs6.10 nodejs8.10 nodejs10.x nodejs12.x python2.7 python3.6 ruby2.5 dotnetcore1.0 dotnetcore2.0 dotnetcore2.1 dotnetcore3.1 dotnet5.0',
    PAST,
    PAST,
  ),
  ...days('go1.x java8 provided nodejs14.x python3.7 ruby2.7', PAST, '2027-03-03'),
  ...days(
    'nodejs16.x nodejs18.x nodejs20.x python3.8 python3.9 python3.10 ruby3.2 dotnet6 dotnet8 provided.al2',
    '2027-02-01',
    '2027-03-03',
  ),
  ...days('ruby3.3', '2027-04-30', '2027-05-31'),
  ...days('nodejs22.x', '2027-06-01', '2027-07-01'),
  ...days('java8.al2 java11 java17 python3.11', '2027-07-31', '2027-08-31'),
  ...days('ruby3.4', '2028-04-30', '2028-05-31'),
  ...days('nodejs24.x', '2028-06-01', '2028-07-01'),
  ...days('python3.12', '2028-12-10', '2029-01-10'),
  ...days('dotnet10', '2028-12-15', '2029-01-15'),
  ...days('ruby4.0', '2029-04-30', '2029-05-31'),
  ...days('python3.13 python3.14 java21 java25 provided.al2023', '2029-07-31', '2029-08-31'),
  ...days('nodejs26.x python3.15 java8.al2023 java11.al2023 java17.al2023', NEVER, NEVER),
]);

/**
 * The runtime that new functions of each family should use: the newest one that AWS has documented with its dates, so that
 * its end is years away. Families are the names of runtimes without their version.
 */
const NEWEST: Readonly<Record<string, string>> = {
  nodejs: 'nodejs24.x',
  python: 'python3.14',
  ruby: 'ruby4.0',
  java: 'java25',
  dotnet: 'dotnet10',
  dotnetcore: 'dotnet10',
  provided: GO_SUCCESSOR,
  go: GO_SUCCESSOR,
};

/** How many days ahead the end of a runtime is reported. */
const WARNING_DAYS = 120;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Returns what AWS Lambda accepts for a runtime.
 *
 * @param now milliseconds since the epoch
 */
export function runtimeStatus(runtime: string, now: number): RuntimeStatus {
  const entry = RUNTIMES.get(runtime);
  if (entry === undefined) return { kind: 'unknown' };
  const { createBlocked, updateBlocked } = entry;
  const isReached = (day: string, at: number): boolean => Date.parse(day) <= at;
  if (isReached(updateBlocked, now)) return { kind: 'update-blocked', isCertain: updateBlocked === PAST };
  if (isReached(createBlocked, now)) {
    return { kind: 'create-blocked', updateBlocked, isCertain: createBlocked === PAST };
  }
  if (isReached(createBlocked, now + WARNING_DAYS * DAY_MS)) return { kind: 'ending', createBlocked };
  return { kind: 'current' };
}

/** When AWS Lambda ends a runtime. */
export interface RuntimeEnd {
  /** The day from which functions can no longer be created, in ISO 8601; undefined if it is not announced. */
  readonly createBlocked: string | undefined;
  /** The day from which they can no longer be updated. */
  readonly updateBlocked: string | undefined;
  /** Whether functions can no longer be created. The exact day in the past is not known. */
  readonly isOver: boolean;
}

/**
 * Returns when AWS Lambda ends a runtime; undefined for a runtime that is not in the table.
 *
 * @param now milliseconds since the epoch
 */
export function runtimeEnd(runtime: string, now: number): RuntimeEnd | undefined {
  const entry = RUNTIMES.get(runtime);
  if (entry === undefined) return undefined;
  const known = (day: string): string | undefined => (day === PAST || day === NEVER ? undefined : day);
  const { createBlocked, updateBlocked } = entry;
  return {
    createBlocked: known(createBlocked),
    updateBlocked: known(updateBlocked),
    isOver: Date.parse(createBlocked) <= now,
  };
}

/** Whether a Go program already runs on a current runtime, which the manifest of its app does not say. */
export function isMigratedGo(current: { readonly handler: string; readonly runtime: string }): boolean {
  return current.handler === 'bootstrap' && current.runtime.startsWith('provided');
}

/** The newest runtime of the same family as a runtime; undefined for an unknown family. */
export function newestRuntime(runtime: string): string | undefined {
  return NEWEST[/^[a-z]*/.exec(runtime)?.[0] ?? ''];
}

/**
 * The runtimes that AWS Lambda accepts for new functions.
 *
 * @param now milliseconds since the epoch
 */
export function acceptedRuntimes(now: number): string[] {
  return [...RUNTIMES.keys()].filter((runtime) => {
    const { kind } = runtimeStatus(runtime, now);
    return kind === 'current' || kind === 'ending';
  });
}

function days(names: string, createBlocked: string, updateBlocked: string) {
  return names.split(' ').map((name) => [name, { createBlocked, updateBlocked }] as const);
}
