/** The rules of AWS Lambda for environment variables and tags of functions. */

/**
 * Variables that Lambda sets itself. TZ is not reserved: it can be set.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
const RESERVED_VARIABLES: ReadonlySet<string> = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_DEFAULT_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_LAMBDA_RUNTIME_API',
  'AWS_REGION',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'LAMBDA_RUNTIME_DIR',
  'LAMBDA_TASK_ROOT',
]);

/** Source: https://docs.aws.amazon.com/lambda/latest/api/API_Environment.html */
const VARIABLE_NAME_PATTERN = /^[A-Za-z][A-Za-z0-9_]+$/;

/**
 * The maximum size of all variables of a function in bytes of JSON. Source:
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_ENVIRONMENT_BYTES = 4096;

/**
 * Tags per function; characters per key and value. Source:
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html
 */
const TAG_LIMITS = { tags: 50, key: 128, value: 256 } as const;
const TAG_PATTERN = /^[\p{L}\p{N}\p{Zs}_.:/=+\-@]*$/u;
const TAG_CHARACTERS = 'letters, digits, spaces and _.:/=+-@';

/** Megabytes. Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const MEMORY_LIMITS = { min: 128, max: 10_240 } as const;
/** Seconds, from the same source. */
export const TIMEOUT_LIMITS = { min: 1, max: 900 } as const;

/** A number of something that has limits. */
export interface Limits {
  readonly min: number;
  readonly max: number;
}

/** Whether a number is a whole number within limits. */
export function isWithin(number: number, { min, max }: Limits): boolean {
  return Number.isInteger(number) && number >= min && number <= max;
}

/**
 * Validates the environment variables of a function.
 *
 * @param variables all variables of the function
 * @returns an error message, which never contains a value; undefined when they are valid
 */
export function environmentProblem(variables: Readonly<Record<string, string>>): string | undefined {
  for (const name of Object.keys(variables)) {
    const problem = variableNameProblem(name);
    if (problem !== undefined) return problem;
  }
  const bytes = Buffer.byteLength(JSON.stringify(variables));
  if (bytes <= MAX_ENVIRONMENT_BYTES) return undefined;
  return `the environment variables have ${bytes} bytes, over the AWS Lambda limit of ${MAX_ENVIRONMENT_BYTES}: store large values in Secrets Manager or S3`;
}

/**
 * Validates the name of an environment variable.
 *
 * @returns an error message; undefined when AWS Lambda accepts it
 */
export function variableNameProblem(name: string): string | undefined {
  if (RESERVED_VARIABLES.has(name)) return `the environment variable ${name} is reserved by AWS Lambda`;
  if (VARIABLE_NAME_PATTERN.test(name)) return undefined;
  const rule = /^[A-Za-z]$/.test(name)
    ? 'it needs at least two characters'
    : 'it must start with a letter and contain only letters, digits and "_"';
  return `${JSON.stringify(name)} is not a valid name for an environment variable on AWS Lambda: ${rule}`;
}

/**
 * Validates the tags of a function.
 *
 * @param tags all tags of the function except those with the prefix `aws:`, which do not count towards the limit
 * @returns an error message, which never contains a value; undefined when they are valid
 */
export function tagsProblem(tags: Readonly<Record<string, string>>): string | undefined {
  for (const [key, value] of Object.entries(tags)) {
    const problem = tagProblem(key, value);
    if (problem !== undefined) return problem;
  }
  const count = Object.keys(tags).length;
  return count > TAG_LIMITS.tags
    ? `there are ${count} tags, over the limit of ${TAG_LIMITS.tags} for a function`
    : undefined;
}

function tagProblem(key: string, value: string): string | undefined {
  if (key === '') return 'a tag key is empty';
  const keyLength = [...key].length;
  const name = JSON.stringify(key.slice(0, 100));
  if (keyLength > TAG_LIMITS.key)
    return `the tag key starting with ${name} has ${keyLength} characters, over the limit of ${TAG_LIMITS.key}`;
  if (/^aws:/i.test(key)) return `the tag ${name} is reserved: AWS uses the prefix "aws:"`;
  if (!TAG_PATTERN.test(key)) return `the tag key ${name} may only contain ${TAG_CHARACTERS}`;
  const valueLength = [...value].length;
  if (valueLength > TAG_LIMITS.value)
    return `the value of the tag ${name} has ${valueLength} characters, over the limit of ${TAG_LIMITS.value}`;
  if (!TAG_PATTERN.test(value)) return `the value of the tag ${name} may only contain ${TAG_CHARACTERS}`;
  return undefined;
}
