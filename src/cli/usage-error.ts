import type { Command, CommanderError } from 'commander';

/**
 * The lines for a command line that Commander does not accept.
 *
 * @param args the arguments, without node and script
 */
export function renderUsageError(error: CommanderError, program: Command, args: readonly string[]): string[] {
  const [message = '', ...suggestion] = error.message.split('\n');
  const command = findCommand(program, args);
  const path = toPath(command);
  const elsewhere =
    error.code === 'commander.unknownCommand' ? findElsewhere(program, command, args) : undefined;
  const hint = `hint: run ${path} --help for usage`;
  // Commander suggests commands of the same parent with a similar name; one with the very name is more likely meant.
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

/** The path of a command of another parent that has the name that was not found, such as `appsctl aws init`. */
function findElsewhere(program: Command, parent: Command, args: readonly string[]): string | undefined {
  const found = listCommands(program).find(
    (command) => args.includes(command.name()) && !isAbove(command, parent),
  );
  return found && toPath(found);
}

function listCommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(listCommands)];
}

function isAbove(command: Command, other: Command | null): boolean {
  return other !== null && (command === other || isAbove(command, other.parent));
}

function toPath(command: Command): string {
  return command.parent === null ? command.name() : `${toPath(command.parent)} ${command.name()}`;
}
