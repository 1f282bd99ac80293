import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { AppsctlError } from '../core/errors.js';
import {
  ARCHITECTURES,
  type Architecture,
  type FunctionSettings,
  type Variables,
} from '../core/function-spec.js';

/** The flags of `aws deploy` that set up functions. */
export interface FunctionFlags {
  memory?: number;
  timeout?: number;
  architecture?: Architecture;
  env?: Variables;
  envFile?: string;
  replaceEnv?: boolean;
  tag?: Variables;
}

/** Limits of AWS Lambda. Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MEMORY = { least: 128, most: 10_240 };
const TIMEOUT = { least: 1, most: 900 };
const ENVIRONMENT_BYTES = 4096;

/** Declares the flags. */
export function declareFunctionFlags(command: Command): Command {
  return command
    .option(
      '--memory <megabytes>',
      'memory of the functions (default for new ones: 256)',
      wholeNumber(MEMORY),
    )
    .option(
      '--timeout <seconds>',
      'time that a call of the functions may take (default for new ones: 30)',
      wholeNumber(TIMEOUT),
    )
    .addOption(new Option('--architecture <name>', 'processor of the functions').choices(ARCHITECTURES))
    .option('--env <name=value>', 'environment variable to add or to change (repeatable)', variable)
    .option(
      '--env-file <file>',
      'file with environment variables, NAME=VALUE on each line; --env goes before it',
    )
    .option('--replace-env', 'remove the environment variables that are not given')
    .option('--tag <name=value>', 'tag to add or to change (repeatable)', variable);
}

/**
 * What the flags say.
 *
 * @throws AppsctlError USAGE for a file that cannot be read, or variables that AWS Lambda does not take; values are not repeated
 */
export function functionSettings(flags: FunctionFlags): FunctionSettings {
  const given = flags.env !== undefined || flags.envFile !== undefined;
  const environment = given
    ? { ...(flags.envFile === undefined ? {} : readEnvFile(flags.envFile)), ...flags.env }
    : undefined;
  checkEnvironment(environment ?? {});
  return {
    memory: flags.memory,
    timeout: flags.timeout,
    architecture: flags.architecture,
    environment,
    replaceEnvironment: flags.replaceEnv ?? false,
    tags: flags.tag,
  };
}

function wholeNumber({ least, most }: { least: number; most: number }) {
  return (text: string): number => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Write a whole number from ${least} to ${most}.`);
  };
}

function variable(text: string, earlier: Variables = {}): Variables {
  const equals = text.indexOf('=');
  // An error of the parser would repeat the text, and that may be a secret.
  if (equals < 1) throw new AppsctlError('USAGE', 'an --env or --tag is not of the form NAME=VALUE');
  return { ...earlier, [text.slice(0, equals)]: text.slice(equals + 1) };
}

function readEnvFile(file: string): Variables {
  try {
    return parseEnv(readFileSync(file, 'utf8')) as Variables;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new AppsctlError('USAGE', `cannot read --env-file ${file}: ${code ?? 'it is no such file'}`, {
      cause: error,
    });
  }
}

function checkEnvironment(environment: Variables): void {
  const wrong = Object.keys(environment).find((name) => !/^[A-Za-z][A-Za-z0-9_]+$/.test(name));
  if (wrong !== undefined) {
    throw new AppsctlError(
      'USAGE',
      `${JSON.stringify(wrong)} is no name of an environment variable on AWS Lambda`,
      {
        hint: 'begin with a letter, and go on with letters, digits and _',
      },
    );
  }
  const bytes = Buffer.byteLength(JSON.stringify(environment));
  if (bytes > ENVIRONMENT_BYTES) {
    const message = `the environment variables take ${bytes} bytes, over the limit of ${ENVIRONMENT_BYTES} of AWS Lambda`;
    throw new AppsctlError('USAGE', message, {
      hint: 'keep large values elsewhere, such as in Secrets Manager',
    });
  }
}
