import type { Command, CommanderError } from 'commander';

/**
 * The lines for a command line that Commander does not accept.
 *
 * @param args the arguments, without node and script
 */
export function renderUsageError(error: CommanderError, program: Command, args: readonly string[]): string[] {
  const command = findCommand(program, args);
  const path = pathOf(command);
  const elsewhere = error.code === 'commander.unknownCommand' ? findElsewhere(program, args) : undefined;
  return [
    ...error.message.split('\n'),
    ...(elsewhere === undefined ? [`usage: ${path} ${command.usage()}`] : [`(Did you mean ${elsewhere}?)`]),
    `hint: run ${path} --help for usage`,
  ];
}

/** The command that the arguments name, as far as they do. */
function findCommand(program: Command, args: readonly string[]): Command {
  let command = program;
  for (const arg of args) {
    command = command.commands.find((candidate) => candidate.name() === arg) ?? command;
  }
  return command;
}

/** The path of a command of another parent that has the name that was not found, such as `appsctl aws init`. */
function findElsewhere(program: Command, args: readonly string[]): string | undefined {
  const all = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(all)];
  const found = all(program).find(
    (command) => args.includes(command.name()) && pathOf(command) !== pathOf(findCommand(program, args)),
  );
  return found && pathOf(found);
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
