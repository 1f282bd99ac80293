import { Command } from 'commander';
import { type AwsFlags, addAwsFlags } from '../cli/input/aws-options.js';
import {
  addBundleFlags,
  BUNDLE_ARGUMENT,
  type BundleFlags,
  toBundleAccess,
  toBundleOptions,
} from '../cli/input/bundle-flags.js';
import type { CommandContext } from '../cli/input/context.js';
import { AppsctlError } from '../core/diagnostics/error.js';

interface Flags extends AwsFlags, BundleFlags {
  unpack?: string;
  migrateRuntimes?: boolean;
}

/** `appsctl generate-terraform-data` */
export function generateTerraformDataCommand(
  context: CommandContext,
  name = 'generate-terraform-data',
): Command {
  const command = new Command(name)
    .summary('print the function names and S3 keys of a bundle as JSON, for Terraform')
    .description(
      'Prints, as JSON, the names of the functions and the S3 keys of the assets and the manifest of a bundle on AWS. Reads only the bundle. With --unpack, also writes what a deployment would upload to a folder, once all of the bundle is valid.',
    )
    .argument('<bundle>', BUNDLE_ARGUMENT)
    .option('--unpack <folder>', 'a folder to write, replaced if it was written by an earlier run')
    .option('--migrate-runtimes', 'with --unpack: unpack functions of go1.x for provided.al2023');
  return addAwsFlags(addBundleFlags(command)).action(
    context.action(async (bundle: string, flags: Flags) => {
      const { unpack, migrateRuntimes } = flags;
      if (migrateRuntimes && unpack === undefined) {
        const details = { hint: 'add --unpack' };
        throw new AppsctlError('USAGE', '--migrate-runtimes is only for --unpack', details);
      }
      const { terraformData } = await import('../api/terraform-data.js');
      const { json, findings, file } = await terraformData(bundle, {
        ...{ ...toBundleOptions(context, flags), ...toBundleAccess(context, bundle, flags) },
        ...{ unpack, migrateRuntimes, beforeChanges: () => context.beginChanges() },
      });
      for (const finding of findings) context.onEvent({ type: 'finding', file, finding });
      return { type: 'terraform data', json };
    }),
  );
}

/** `appsctl terraform generate-data`: the name in the last release of the Go tool. */
export function terraformCommand(context: CommandContext): Command {
  return new Command('terraform')
    .description('Prints data for Terraform.')
    .addCommand(generateTerraformDataCommand(context, 'generate-data'));
}
