/**
 * The runtimes of Lambda, from AWS's table of runtimes as of August 2026. A deprecated runtime is blocked in two steps:
 * first for creating functions and changing functions to it, later also for updating functions that have it.
 */
import { AwsError } from './errors.js';

/** The first day, as an ISO date; an empty text is before all of them. */
interface Blocked {
  create: string;
  update: string;
}

const NEVER = '9999-12-31';

const STEPS: readonly (readonly [create: string, update: string, runtimes: string])[] = [
  ['', '', 'nodejs nodejs4.3 nodejs4.3-edge nodejs6.10 nodejs8.10 nodejs10.x nodejs12.x'],
  ['', '', 'python2.7 python3.6 ruby2.5 dotnetcore1.0 dotnetcore2.0 dotnetcore2.1 dotnetcore3.1'],
  ['', '2027-03-03', 'nodejs14.x python3.7 java8 ruby2.7 go1.x provided'],
  ['2027-02-01', '2027-03-03', 'nodejs16.x nodejs18.x nodejs20.x python3.8 python3.9 python3.10'],
  ['2027-02-01', '2027-03-03', 'dotnet6 dotnet8 ruby3.2 provided.al2'],
  // AWS announces only the second date; the first is about a month earlier.
  ['2027-04-30', '2027-05-31', 'ruby3.3'],
  ['2027-06-01', '2027-07-01', 'nodejs22.x'],
  ['2027-07-31', '2027-08-31', 'python3.11 java8.al2 java11 java17'],
  ['2028-04-30', '2028-05-31', 'ruby3.4'],
  ['2028-06-01', '2028-07-01', 'nodejs24.x'],
  ['2028-12-10', '2029-01-10', 'python3.12'],
  ['2028-12-15', '2029-01-15', 'dotnet10'],
  ['2029-04-30', '2029-05-31', 'ruby4.0'],
  ['2029-07-31', '2029-08-31', 'python3.13 python3.14 java21 java25 provided.al2023'],
  [NEVER, NEVER, 'nodejs26.x python3.15 java8.al2023 java11.al2023 java17.al2023'],
];

const BLOCKED: ReadonlyMap<string, Blocked> = new Map(
  STEPS.flatMap(([create, update, runtimes]) =>
    runtimes.split(' ').map((runtime) => [runtime, { create, update }] as const),
  ),
);

/** Runtimes without arm64 that can still be updated. */
const X86_ONLY: readonly string[] = ['go1.x', 'java8', 'provided', 'python3.7'];

function isBlocked(runtime: string, what: keyof Blocked, today: string): boolean {
  const since = BLOCKED.get(runtime)?.[what];
  return since !== undefined && since <= today;
}

/** For CreateFunction. */
export function checkNewRuntime(runtime: string, today: string): string {
  if (!BLOCKED.has(runtime)) {
    const supported = [...BLOCKED.keys()].filter((name) => !isBlocked(name, 'create', today));
    throw new AwsError(
      400,
      'InvalidParameterValueException',
      `Value ${runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${supported.join(', ')}] or be a valid ARN`,
    );
  }
  if (isBlocked(runtime, 'create', today)) throw noLongerSupported(runtime);
  return runtime;
}

/** For UpdateFunctionConfiguration with a runtime: keeping the current one is allowed for longer. */
export function checkNamedRuntime(named: string, current: string, today: string): string {
  if (named !== current) return checkNewRuntime(named, today);
  return checkUpdatable(named, today);
}

/** For UpdateFunctionCode, which is validated against the runtime that the function has. */
export function checkUpdatable(runtime: string, today: string): string {
  if (isBlocked(runtime, 'update', today)) throw noLongerSupported(runtime);
  return runtime;
}

export function checkArchitecture(runtime: string, architecture: 'x86_64' | 'arm64'): void {
  if (architecture === 'x86_64' || !X86_ONLY.includes(runtime)) return;
  throw new AwsError(
    400,
    'InvalidParameterValueException',
    `Runtime ${runtime} does not support the following architectures [${architecture}]`,
  );
}

/** The file of a managed node runtime runs under this process's own Node. */
export function runsHere(runtime: string): boolean {
  return runtime.startsWith('nodejs');
}

function noLongerSupported(runtime: string): AwsError {
  return new AwsError(
    400,
    'InvalidParameterValueException',
    `The runtime parameter of ${runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.`,
  );
}
