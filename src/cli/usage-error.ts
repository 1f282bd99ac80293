import type { Command, CommanderError } from 'commander';

/**
 * The lines for a command line that Commander does not accept, without `error:`.
 *
 * @param args the arguments, without node and script
 */
export function renderUsageError(error: CommanderError, program: Command, args: readonly string[]): string[] {
  const [message = '', ...suggestion] = error.message.replace(/^error: /, '').split('\n');
  const command = findCommand(program, args);
  const path = toPath(command);
  const [, unknown] = /^unknown command '(.*)'$/.exec(message) ?? [];
  const elsewhere = unknown === undefined ? undefined : findElsewhere(program, unknown);
  const hint = `hint: run ${path} --help for usage`;
  // Commander suggests commands of the same parent with a similar name; one with exactly this name is more likely meant.
  if (elsewhere !== undefined) return [message, `(Did you mean ${elsewhere}?)`, hint];
  return [message, ...suggestion, `usage: ${path} ${command.usage()}`, hint];
}

/** The last command that the arguments name. */
function findCommand(program: Command, args: readonly string[]): Command {
  let command = program;
  for (const arg of args) {
    command = command.commands.find((candidate) => candidate.name() === arg) ?? command;
  }
  return command;
}

/** The path of a command that has the name that was not found, under another parent, such as `appsctl aws init`. */
function findElsewhere(program: Command, name: string): string | undefined {
  const found = listCommands(program).find((command) => command.name() === name);
  return found && toPath(found);
}

function listCommands(command: Command): readonly Command[] {
  const visible = command.createHelp().visibleCommands(command);
  return [command, ...visible.flatMap(listCommands)];
}

function toPath(command: Command): string {
  return command.parent === null ? command.name() : `${toPath(command.parent)} ${command.name()}`;
}
