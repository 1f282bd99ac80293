import type { AppsctlError, ErrorCode } from '../diagnostics/error.js';
import { HOUR, MINUTE } from '../units.js';
import type { ObjectTags } from './upload.js';

/**
 * What a deployer has done with a bundle. It is held in tags of the object, and so belongs to one upload: a new one has no
 * tags. `deployed_ENVIRONMENT` is that of the Go version.
 */

/** `failed`: tried again later; `blocked`: not tried again until it is uploaded again or someone asks for it. */
export type BundleState = 'new' | 'deployed' | 'failed' | 'blocked';

/** A failure as a tag records it. */
export interface RecordedFailure {
  /** How often the bundle was tried. */
  readonly attempts: number;
  /** The time of the last attempt: milliseconds since the epoch. */
  readonly at: number;
  /** An {@link ErrorCode}; of a later version of appsctl, maybe an unknown one. */
  readonly code: string;
}

/** The most tags of an object. Rule: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
const MAX_TAGS = 10;
const DEPLOYED = 'true';

/** Refused for what the bundle is, not for what the account or the network is like. */
const FAULTS_OF_BUNDLE: readonly string[] = [
  'INVALID_BUNDLE',
  'UNSUPPORTED_RUNTIME',
  'DIFFERS',
  'NOT_ALLOWED',
] satisfies ErrorCode[];

/** How long after an attempt the next one comes: 1, 2, 4 … 24 hours. */
const MAX_PAUSE_MS = 24 * HOUR;
/** An attempt ends some time after its run began: without this, the run an hour later would come too early for it. */
const MAX_EARLY_MS = 10 * MINUTE;

/** Whether a text can be the name of an environment: part of the names of tags and of a key. */
export function isEnvironmentName(text: string): boolean {
  return /^[A-Za-z0-9._-]{1,40}$/.test(text);
}

/** What the name of an environment is, with its article. */
export const ENVIRONMENT_NAME_FORM = '1 to 40 characters of A-Z, a-z, 0-9, ".", "_" and "-"';

export function deployedTag(environment: string): string {
  return `deployed_${environment}`;
}

export function failedTag(environment: string): string {
  return `failed_${environment}`;
}

/** Whether a tag says what a deployer of any environment has done. */
export function isStateTag(name: string): boolean {
  return /^(?:deployed|failed)_/.test(name);
}

/** Reads the state of a bundle from the tags of its object. */
export function readState(
  tags: ObjectTags,
  environment: string,
): { readonly state: BundleState; readonly failure: RecordedFailure | undefined } {
  if (tags.get(deployedTag(environment)) === DEPLOYED) return { state: 'deployed', failure: undefined };
  const failure = parseFailure(tags.get(failedTag(environment)));
  if (failure === undefined) return { state: 'new', failure };
  return { state: isFaultOfBundle(failure.code) ? 'blocked' : 'failed', failure };
}

/** Whether a failure with this code is not tried again by itself. */
export function isFaultOfBundle(code: string): boolean {
  return FAULTS_OF_BUNDLE.includes(code);
}

/** When a bundle that has failed is tried again, in milliseconds since the epoch; undefined for never. */
export function nextAttempt({ attempts, at, code }: RecordedFailure): number | undefined {
  if (isFaultOfBundle(code)) return undefined;
  return at + Math.min(2 ** (attempts - 1) * HOUR, MAX_PAUSE_MS);
}

/**
 * Whether the time of the next attempt has come, or comes within ten minutes. One that is later than any pause was written
 * by a wrong clock.
 */
export function isAttemptDue(nextAttemptAt: number, now: number): boolean {
  return nextAttemptAt <= now + MAX_EARLY_MS || nextAttemptAt > now + MAX_PAUSE_MS;
}

/** The failure after one more attempt. */
export function addAttempt(
  earlier: RecordedFailure | undefined,
  { code }: AppsctlError,
  now: number,
): RecordedFailure {
  return { attempts: (earlier?.attempts ?? 0) + 1, at: now, code };
}

/** From this attempt on, there is at most one in 24 hours. */
const DAILY_FROM_ATTEMPT = 6;

/** Whether people are told of a failure: the first one, another one than before, and one in 24 hours. */
export function isNews({ attempts, code }: RecordedFailure, earlier: RecordedFailure | undefined): boolean {
  return code !== earlier?.code || attempts >= DAILY_FROM_ATTEMPT;
}

/** The tags of a bundle that was deployed. */
export function tagDeployed(tags: ObjectTags, environment: string): Map<string, string> {
  const merged = new Map(tags).set(deployedTag(environment), DEPLOYED);
  merged.delete(failedTag(environment));
  return merged;
}

/** The tags of a bundle that has failed. */
export function tagFailed(
  tags: ObjectTags,
  environment: string,
  { attempts, at, code }: RecordedFailure,
): Map<string, string> {
  const value = `${attempts} ${new Date(at).toISOString()} ${code}`;
  const merged = new Map(tags).set(failedTag(environment), value);
  // Of an earlier attempt: what is on AWS may be a part of both.
  merged.delete(deployedTag(environment));
  return merged;
}

/** The tags of a bundle that is to be tried again as if it were new. */
export function untagFailed(tags: ObjectTags, environment: string): Map<string, string> {
  const merged = new Map(tags);
  merged.delete(failedTag(environment));
  return merged;
}

/** Whether one of the tags above can be added. */
export function hasRoom(tags: ObjectTags, environment: string): boolean {
  const others = [...tags.keys()].filter(
    (name) => name !== deployedTag(environment) && name !== failedTag(environment),
  );
  return others.length < MAX_TAGS;
}

/** Reads `ATTEMPTS TIME CODE`. What a person has written there instead counts as nothing. */
function parseFailure(value: string | undefined): RecordedFailure | undefined {
  const [, attempts = '', time = '', code = ''] =
    /^(\d{1,6}) (\d{4}-\d\d-\d\dT[\d:.]+Z) ([A-Z_]{1,40})$/.exec(value ?? '') ?? [];
  const at = Date.parse(time);
  return Number(attempts) > 0 && Number.isFinite(at) ? { attempts: Number(attempts), at, code } : undefined;
}
