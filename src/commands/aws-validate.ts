import { Command } from 'commander';
import { type CommandContext, commonOptions } from '../cli/input/context.js';

interface Flags {
  json?: boolean;
  migrateRuntimes?: boolean;
}

/** `appsctl aws validate` */
export function awsValidateCommand(context: CommandContext): Command {
  return new Command('validate')
    .summary('check an app bundle, without a network')
    .description(
      'Checks everything in an app bundle that can be checked without a network: the zip, the manifest, the names on AWS, the function archives and their runtimes. Exits with 0 if the bundle can be deployed for the first time, with 2 if not.',
    )
    .argument('<bundle>', 'the app bundle, a .zip file')
    .option('--migrate-runtimes', 'check for a deployment with --migrate-runtimes')
    .option('--json', 'print the report as JSON')
    .action(
      context.action(async (file: string, { json, migrateRuntimes }: Flags) => {
        const { validate } = await import('../api/validate.js');
        const report = await validate(file, { ...commonOptions(context), migrateRuntimes });
        return { type: 'validation', report, format: json === true ? 'json' : 'text' };
      }),
    );
}
