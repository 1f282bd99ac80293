/** What AWS Lambda takes as the environment variables and tags of a function. */

/**
 * Variables that Lambda sets itself. TZ is not among them: it may be set.
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
const VARIABLE_NAME = /^[A-Za-z][A-Za-z0-9_]+$/;

/** Bytes of all variables of a function, as JSON. Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const ENVIRONMENT_BYTES = 4096;

/** Characters, not bytes. Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html */
const TAG_LIMITS = { tags: 50, key: 128, value: 256 } as const;
const TAG_TEXT = /^[\p{L}\p{N}\p{Zs}_.:/=+\-@]*$/u;
const TAG_CHARACTERS = 'letters, digits, spaces and _.:/=+-@';

/**
 * Why AWS Lambda would refuse these environment variables of a function.
 *
 * @param variables all variables that the function would have
 * @returns one line that names the variable and never repeats a value; undefined when Lambda takes them
 */
export function environmentProblem(variables: Readonly<Record<string, string>>): string | undefined {
  for (const name of Object.keys(variables)) {
    const problem = variableNameProblem(name);
    if (problem !== undefined) return problem;
  }
  const bytes = Buffer.byteLength(JSON.stringify(variables));
  if (bytes <= ENVIRONMENT_BYTES) return undefined;
  return `the environment variables take ${bytes} bytes, over AWS Lambda's limit of ${ENVIRONMENT_BYTES}: keep large values elsewhere, such as in Secrets Manager`;
}

function variableNameProblem(name: string): string | undefined {
  if (RESERVED_VARIABLES.has(name)) return `the environment variable ${name} is reserved by AWS Lambda`;
  if (VARIABLE_NAME.test(name)) return undefined;
  const rule = /^[A-Za-z]$/.test(name)
    ? 'it needs at least two characters'
    : 'begin with a letter, and continue with letters, digits and "_"';
  return `${JSON.stringify(name)} is not a valid name for an environment variable on AWS Lambda: ${rule}`;
}

/**
 * Why AWS Lambda would refuse these tags.
 *
 * @param tags the tags that are to be set; those that AWS itself made (`aws:…`) are not, and do not count
 * @returns one line that names the tag and never repeats a value; undefined when Lambda takes them
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
  if (key === '') return 'the key of a tag is empty';
  const characters = [...key].length;
  const shown = JSON.stringify(key.slice(0, 100));
  if (characters > TAG_LIMITS.key)
    return `the tag key that begins with ${shown} has ${characters} characters, over the limit of ${TAG_LIMITS.key}`;
  if (/^aws:/i.test(key)) return `the tag ${shown} is reserved: keys that begin with "aws:" are for AWS`;
  if (!TAG_TEXT.test(key)) return `the tag key ${shown} may only contain ${TAG_CHARACTERS}`;
  const length = [...value].length;
  if (length > TAG_LIMITS.value)
    return `the value of the tag ${shown} has ${length} characters, over the limit of ${TAG_LIMITS.value}`;
  if (!TAG_TEXT.test(value)) return `the value of the tag ${shown} may only contain ${TAG_CHARACTERS}`;
  return undefined;
}
