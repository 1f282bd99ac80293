/** What AWS Lambda does with a runtime on a given day. */
export type RuntimeStatus =
  | { readonly kind: 'current' }
  /** Functions can be neither created nor updated. */
  | { readonly kind: 'retired' }
  /** Functions can no longer be created, but be updated until the day. */
  | { readonly kind: 'create-blocked'; readonly updateBlocked: string }
  /** Functions can be created until the day. */
  | { readonly kind: 'ending'; readonly createBlocked: string }
  /** The table does not know it: AWS decides. */
  | { readonly kind: 'unknown' };

/** The table below is of August 2026. Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html */

const UPDATE_BLOCKED = '2027-03-03';
const CREATE_BLOCKED = '2027-02-01';

const NEVER = '';
/** By runtime: the days from which functions can be neither created nor updated. */
const RUNTIMES: ReadonlyMap<string, { readonly createBlocked: string; readonly updateBlocked: string }> =
  new Map([
    ...days(
      'nodejs nodejs4.3 nodejs4.3-edge nodejs6.10 nodejs8.10 nodejs10.x nodejs12.x python2.7 python3.6 ruby2.5 dotnetcore1.0 dotnetcore2.0 dotnetcore2.1 dotnetcore3.1 dotnet5.0',
      '2000-01-01',
      '2000-01-01',
    ),
    ...days('go1.x java8 provided nodejs14.x python3.7 ruby2.7', '2000-01-01', UPDATE_BLOCKED),
    ...days(
      'nodejs16.x nodejs18.x nodejs20.x python3.8 python3.9 python3.10 ruby3.2 dotnet6 dotnet8 provided.al2',
      CREATE_BLOCKED,
      UPDATE_BLOCKED,
    ),
    ...days('nodejs22.x', '2027-06-01', NEVER),
    ...days('ruby3.3 java8.al2 java11 java17 python3.11', '2027-07-01', NEVER),
    ...days(
      'nodejs24.x python3.12 python3.13 python3.14 java21 java25 ruby3.4 ruby4.0 dotnet10 provided.al2023',
      NEVER,
      NEVER,
    ),
  ]);

/** How long ahead of its end a runtime is warned of. */
const WARNING_DAYS = 120;

/**
 * What AWS does with a runtime.
 *
 * @param runtime as the manifest names it
 * @param now milliseconds since the epoch
 */
export function runtimeStatus(runtime: string, now: number): RuntimeStatus {
  const entry = RUNTIMES.get(runtime);
  if (entry === undefined) return { kind: 'unknown' };
  const { createBlocked, updateBlocked } = entry;
  const day = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(0, 10);
  const reached = (limit: string, at: number): boolean => limit !== NEVER && limit <= day(at);
  if (reached(updateBlocked, now)) return { kind: 'retired' };
  if (reached(createBlocked, now)) return { kind: 'create-blocked', updateBlocked };
  if (reached(createBlocked, now + WARNING_DAYS * 24 * 60 * 60 * 1000))
    return { kind: 'ending', createBlocked };
  return { kind: 'current' };
}

function days(names: string, createBlocked: string, updateBlocked: string) {
  return names.split(' ').map((name) => [name, { createBlocked, updateBlocked }] as const);
}
