import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { FunctionOptions } from '../../api/function-options.js';
import { isWithin, MEMORY_LIMITS, TIMEOUT_LIMITS } from '../../core/aws/function-limits.js';
import { ARCHITECTURES, type Architecture, type Variables } from '../../core/deploy/function-spec.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { fileProblem } from '../../core/diagnostics/fs-error.js';
import { parseEnvFile } from './env-file.js';

/** The flags of commands that set up functions of any app. */
export interface SharedFunctionFlags {
  memory?: number;
  timeout?: number;
  architecture?: Architecture;
  tag?: Variables;
}

/** The flags of `aws deploy` that set up functions. */
export interface FunctionFlags extends SharedFunctionFlags {
  env?: Variables;
  envFrom?: string;
  replaceEnv?: boolean;
}

/** Adds the flags to a command. */
export function addSharedFunctionFlags(command: Command): Command {
  return command
    .option(
      '--memory <megabytes>',
      'memory of the functions, 128 to 10240 (default for new functions: 256)',
      integer(MEMORY_LIMITS),
    )
    .option(
      '--timeout <seconds>',
      'maximum duration of an invocation, 1 to 900 (default for new functions: 30)',
      integer(TIMEOUT_LIMITS),
    )
    .addOption(
      new Option(
        '--architecture <name>',
        'instruction set architecture of the functions (default for new functions: x86_64)',
      ).choices(ARCHITECTURES),
    )
    .option('--tag <name=value>', 'tag to add or change (repeatable)', nameValue('--tag'));
}

/** Adds the flags to a command. */
export function addFunctionFlags(command: Command): Command {
  return addSharedFunctionFlags(command)
    .option('--env <name=value>', 'environment variable to add or change (repeatable)', nameValue('--env'))
    .option(
      '--env-from <file>',
      'file with environment variables, NAME=VALUE on each line; --env takes precedence',
    )
    .addOption(new Option('--env-file <file>').argParser(refuseEnvFile).hideHelp())
    .option('--replace-env', 'remove all environment variables except those that are given');
}

/**
 * Reads the flags, and the file that one of them names.
 *
 * @throws AppsctlError USAGE for a file that cannot be read or parsed; values are never repeated
 */
export function toFunctionOptions(flags: FunctionFlags): FunctionOptions {
  const { replaceEnv = false } = flags;
  return { ...toSharedFunctionOptions(flags), env: readEnvironment(flags), replaceEnv };
}

export function toSharedFunctionOptions({
  memory,
  timeout,
  architecture,
  tag,
}: SharedFunctionFlags): FunctionOptions {
  return { memory, timeout, architecture, tags: tag };
}

/** The variables of the file and of the flags; undefined when neither is given. */
function readEnvironment({ env, envFrom }: FunctionFlags): Variables | undefined {
  if (envFrom === undefined) return env;
  const fromFile = readEnvFile(envFrom);
  if (Object.keys(fromFile).length === 0) {
    throw new AppsctlError('USAGE', `${envFrom} does not set any variables`, {
      hint: 'check the file; to remove all variables, use --replace-env without a file',
    });
  }
  return { ...fromFile, ...env };
}

/**
 * Node.js reads the file of a flag `--env-file` even if it is an argument of a script, and obeys a NODE_OPTIONS in it, so
 * appsctl has no flag of that name. Source: https://github.com/nodejs/node/issues/54232
 */
function refuseEnvFile(): never {
  throw new AppsctlError('USAGE', '--env-file is a flag of Node.js itself, which reads the file too', {
    hint: 'use --env-from FILE',
  });
}

/** Parses a flag that is an integer. */
export function integer(limits: { readonly min: number; readonly max: number }) {
  return (text: string): number => {
    if (/^\d+$/.test(text) && isWithin(Number(text), limits)) return Number(text);
    throw new InvalidArgumentError(`Expected an integer from ${limits.min} to ${limits.max}.`);
  };
}

/** Takes one more NAME=VALUE of a flag. */
export function nameValue(flag: '--env' | '--tag') {
  return (text: string, earlier: Variables = {}): Variables => {
    const equals = text.indexOf('=');
    if (equals > 0) return { ...earlier, [text.slice(0, equals)]: text.slice(equals + 1) };
    // An error of Commander would repeat the text, which may be a secret if it does not look like a name.
    const name = /^[A-Za-z][A-Za-z0-9_]*$/.test(text) ? ` ${text}` : '';
    throw new AppsctlError('USAGE', `${flag}${name} is not of the form NAME=VALUE`, {
      hint: `write ${flag} ${name.trim() || 'NAME'}=VALUE`,
    });
  };
}

function readEnvFile(file: string): Variables {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new AppsctlError('USAGE', `cannot read --env-from ${file}: ${fileProblem(error)}`, {
      cause: error,
    });
  }
  return parseEnvFile(file, bytes);
}
