import { Command } from 'commander';
import { awsCommand } from '../commands/aws.js';
import { explainCommand } from '../commands/explain.js';
import { generateTerraformDataCommand, terraformCommand } from '../commands/generate-terraform-data.js';
import { mattermostCommand } from '../commands/mattermost.js';
import { whoamiCommand } from '../commands/whoami.js';
import type { CommandContext } from './input/context.js';

/** Where Commander writes. */
export interface ProgramOutput {
  readonly version: string;
  /** Takes help and the version. */
  writeOut(text: string): void;
  /** Takes help that is printed because a subcommand is missing. */
  writeError(text: string): void;
}

/** The command line of appsctl. Each command loads its part of the library only when it runs. */
export function createProgram(
  context: CommandContext,
  { version, writeOut, writeError }: ProgramOutput,
): Command {
  const program = new Command('appsctl')
    .description('Deploys Mattermost Apps to AWS.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .addHelpText('after', '\nDocumentation: https://github.com/appsctl/appsctl#readme')
    .option('--verbose', 'log every request to standard error')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({ writeOut, writeErr: writeError, outputError: () => undefined })
    .addCommand(awsCommand(context))
    .addCommand(mattermostCommand(context))
    .addCommand(whoamiCommand(context))
    .addCommand(explainCommand(context))
    .addCommand(generateTerraformDataCommand(context))
    .addCommand(terraformCommand(context), { hidden: true });
  program.addCommand(helpCommand(program));
  inheritSettings(program);
  return program;
}

/** Commander copies settings only to the commands that a parent creates itself. */
function inheritSettings(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent).helpCommand(false);
    inheritSettings(command);
  }
}

/** `appsctl help aws deploy`: Commander's own help command knows only one level. */
function helpCommand(program: Command): Command {
  return new Command('help')
    .summary('print help for a command')
    .description('Prints help for a command.')
    .argument('[command...]', 'the command, such as aws deploy')
    .action((names: readonly string[]) => {
      let command = program;
      for (const name of names) {
        const next = command.commands.find((candidate) => candidate.name() === name);
        if (next === undefined) command.error(`error: unknown command '${name}'`, UNKNOWN_COMMAND);
        else command = next;
      }
      command.outputHelp();
    });
}

const UNKNOWN_COMMAND = { code: 'commander.unknownCommand' };
