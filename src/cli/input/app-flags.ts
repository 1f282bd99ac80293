import { type Command, Option } from 'commander';
import type { AppOptions } from '../../api/app-options.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { type CommandContext, commonOptions } from './context.js';
import { appEnvironment } from './environment.js';

/** The flags of commands that read the folder or the bundle of an app. */
export interface AppFlags {
  config?: string;
  environment?: string;
  runtime?: Readonly<Record<string, string>>;
}

/** Adds the flags to a command. */
export function addAppFlags(command: Command): Command {
  return command
    .option(
      '--config <file>',
      'the settings file (default: appsctl.json in the folder of the app; none for a bundle)',
    )
    .option('--environment <name>', 'an environment of the settings file')
    .addOption(
      new Option(
        '--runtime <function=runtime>',
        'run a function on another runtime than the manifest says (repeatable)',
      ).argParser(parseRuntime),
    );
}

/** The options of the library for the flags. */
export function toAppOptions(
  context: CommandContext,
  { config, environment, runtime }: AppFlags,
): AppOptions {
  return {
    ...commonOptions(context),
    ...{ config, environment, runtimes: runtime },
    buildEnvironment: appEnvironment(context),
    onEvent: context.onEvent,
  };
}

/** Takes one more FUNCTION=RUNTIME. The name of a function may contain any character. */
function parseRuntime(text: string, earlier: Readonly<Record<string, string>> = {}): Record<string, string> {
  const equals = text.lastIndexOf('=');
  if (equals > 0 && equals < text.length - 1)
    return { ...earlier, [text.slice(0, equals)]: text.slice(equals + 1) };
  throw new AppsctlError('USAGE', `--runtime ${text} is not of the form FUNCTION=RUNTIME`, {
    hint: 'write it as --runtime hello=nodejs24.x',
  });
}
