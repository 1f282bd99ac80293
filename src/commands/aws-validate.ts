import { Command } from 'commander';
import { type AppFlags, addAppFlags, toAppOptions } from '../cli/input/app-flags.js';
import { type AwsFlags, addAwsFlags } from '../cli/input/aws-options.js';
import {
  APP_ARGUMENT,
  addBundleFlags,
  type BundleFlags,
  toBundleAccess,
  toBundleOptions,
} from '../cli/input/bundle-flags.js';
import type { CommandContext } from '../cli/input/context.js';
import { type JsonFlag, readFormat } from '../cli/input/json-flag.js';

interface Flags extends AppFlags, AwsFlags, BundleFlags, JsonFlag {
  migrateRuntimes?: boolean;
}

/** `appsctl aws validate` */
export function awsValidateCommand(context: CommandContext): Command {
  const command = new Command('validate')
    .summary('check an app, without a network')
    .description(
      'Checks everything in the folder or the bundle of an app that can be checked without a network: the zip, the manifest, the names on AWS, the function archives and their runtimes. Exits with 0 if the app can be deployed for the first time, with 2 if not. Runs the build command of appsctl.json first, if the app is a folder.',
    )
    .argument('<app>', APP_ARGUMENT)
    .option('--migrate-runtimes', 'check for a deployment with --migrate-runtimes')
    .option('--json', 'print the report as JSON');
  return addAwsFlags(addBundleFlags(addAppFlags(command))).action(
    context.action(async (app: string, flags: Flags) => {
      const { migrateRuntimes } = flags;
      const { validate } = await import('../api/validate.js');
      const options = {
        ...toAppOptions(context, flags),
        ...toBundleOptions(context, flags),
        ...toBundleAccess(context, app, flags),
      };
      const report = await validate(app, { ...options, migrateRuntimes });
      const exit = report.valid ? undefined : 'invalid';
      return { type: 'validation', report, format: readFormat(flags), exit };
    }),
  );
}
