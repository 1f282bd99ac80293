import { randomUUID } from 'node:crypto';
import { AwsError, notImplemented } from './errors.js';

/** A JSON body, before it is validated. */
export type LambdaBody = Readonly<Record<string, unknown>>;

const ENVIRONMENT_BYTES = 4096;

const RESERVED_VARIABLES = new Set([
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

/** Parsed bodies are cached, because a request with an archive is long and parsed for its name first. */
const READ = new WeakMap<Buffer, LambdaBody>();

export function readBody(bytes: Buffer): LambdaBody {
  if (bytes.length === 0) return {};
  const known = READ.get(bytes);
  if (known !== undefined) return known;
  try {
    const body = parse(bytes);
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) {
      READ.set(bytes, body as LambdaBody);
      return body as LambdaBody;
    }
  } catch {
    // Falls through to the same answer as a body of another kind.
  }
  throw new AwsError(400, 'SerializationException', 'Unexpected content in the request body');
}

const ARCHIVE = '"ZipFile":"';
/** Longer than any other text in a request. */
const LONG = 64 * 1024;

/**
 * Parses JSON. A long archive in it is cut out before and inserted after, because parsing it would block all other
 * requests for a long time.
 */
function parse(bytes: Buffer): unknown {
  const start = bytes.indexOf(ARCHIVE) + ARCHIVE.length;
  const end = bytes.indexOf('"', start);
  if (start < ARCHIVE.length || end - start < LONG) return JSON.parse(bytes.toString('utf8'));
  const mark = randomUUID();
  const rest = `${bytes.toString('utf8', 0, start)}${mark}${bytes.toString('utf8', end)}`;
  return JSON.parse(rest, (_, value) => (value === mark ? bytes.toString('latin1', start, end) : value));
}

/** A setting that would be ignored must not look as if it had been taken. */
export function refuseOtherFields(body: LambdaBody, known: readonly string[], operation: string): void {
  for (const [name, value] of Object.entries(body)) {
    const empty = value === null || (typeof value === 'object' && Object.keys(value).length === 0);
    if (!known.includes(name) && !empty) throw notImplemented(`${name} of ${operation}`);
  }
}

export function text(body: LambdaBody, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new AwsError(400, 'SerializationException', `${name} is not a string`);
  return value;
}

export function required(body: LambdaBody, name: string): string {
  return text(body, name) ?? fail('null', name, 'Member must not be null');
}

export function integer(body: LambdaBody, name: string, least: number, most: number): number | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new AwsError(400, 'SerializationException', `${name} is not an integer`);
  }
  if (value < least) fail(String(value), name, `Member must have value greater than or equal to ${least}`);
  if (value > most) fail(String(value), name, `Member must have value less than or equal to ${most}`);
  return value;
}

export function checkFunctionName(name: string): string {
  if (!/^[a-zA-Z0-9-_]+$/.test(name)) {
    fail(
      name,
      'FunctionName',
      'Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?',
    );
  }
  if (name.length > 64) fail(name, 'FunctionName', 'Member must have length less than or equal to 64');
  return name;
}

export function checkHandler(handler: string): string {
  if (handler.length > 128) fail(handler, 'Handler', 'Member must have length less than or equal to 128');
  if (!/^[^\s]+$/.test(handler))
    fail(handler, 'Handler', 'Member must satisfy regular expression pattern: [^\\s]+');
  return handler;
}

export function checkRole(role: string): string {
  if (!/^arn:aws[a-zA-Z-]*:iam::\d{12}:role\/?[\w+=,.@\-/]+$/.test(role)) {
    fail(
      role,
      'Role',
      'Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+',
    );
  }
  return role;
}

export function architecture(body: LambdaBody): 'x86_64' | 'arm64' | undefined {
  const value = body['Architectures'];
  if (value === undefined || value === null) return undefined;
  const [only, ...more]: unknown[] = Array.isArray(value) ? value : [];
  if (more.length > 0 || (only !== 'x86_64' && only !== 'arm64')) {
    return fail(
      JSON.stringify(value),
      'Architectures',
      'Member must satisfy enum value set: [x86_64, arm64]',
    );
  }
  return only;
}

/** Megabytes. */
export function ephemeralStorage(body: LambdaBody): number | undefined {
  return integer(asBody(body['EphemeralStorage']), 'Size', 512, 10_240);
}

/** The log group of a function; other settings of logging are not supported. */
export function logGroup(body: LambdaBody): string | undefined {
  const config = asBody(body['LoggingConfig']);
  refuseOtherFields(config, ['LogGroup'], 'LoggingConfig');
  return text(config, 'LogGroup');
}

export function tracing(body: LambdaBody): string | undefined {
  const mode = text(asBody(body['TracingConfig']), 'Mode');
  if (mode !== undefined && mode !== 'Active' && mode !== 'PassThrough') {
    fail(mode, 'TracingConfig.Mode', 'Member must satisfy enum value set: [Active, PassThrough]');
  }
  return mode;
}

export function environment(body: LambdaBody): Record<string, string> | undefined {
  if (body['Environment'] === undefined) return undefined;
  const given = asBody(asBody(body['Environment'])['Variables']);
  const variables: Record<string, string> = {};
  for (const name of Object.keys(given)) {
    if (!/^[a-zA-Z]\w+$/.test(name) && !RESERVED_VARIABLES.has(name)) {
      fail(
        name,
        'environment.variables',
        'Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]',
      );
    }
    variables[name] = required(given, name);
  }
  const reserved = Object.keys(variables).filter((name) => RESERVED_VARIABLES.has(name));
  if (reserved.length > 0) {
    throw invalid(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    );
  }
  const measured = JSON.stringify(variables);
  if (Buffer.byteLength(measured) > ENVIRONMENT_BYTES) {
    throw invalid(
      `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: ${measured}`,
    );
  }
  return variables;
}

export function asBody(value: unknown): LambdaBody {
  return typeof value === 'object' && value !== null ? (value as LambdaBody) : {};
}

export function invalid(message: string): AwsError {
  return new AwsError(400, 'InvalidParameterValueException', message);
}

export function fail(value: string, name: string, message: string): never {
  const shown = value === 'null' ? 'Value null' : `Value '${value}'`;
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  throw new AwsError(
    400,
    'ValidationException',
    `1 validation error detected: ${shown} at '${member}' failed to satisfy constraint: ${message}`,
  );
}
