import { Command } from 'commander';
import { awsCommand } from '../commands/aws.js';
import { generateTerraformDataCommand, terraformCommand } from '../commands/generate-terraform-data.js';
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
    .helpCommand('help [command]', 'print help for a command')
    .option('--verbose', 'log every request to standard error')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({ writeOut, writeErr: writeError, outputError: () => undefined })
    .addCommand(awsCommand(context))
    .addCommand(generateTerraformDataCommand(context))
    .addCommand(terraformCommand(context), { hidden: true });
  inheritSettings(program);
  return program;
}

/** Commander copies settings only to the commands that a parent creates itself. */
function inheritSettings(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    inheritSettings(command);
  }
}
