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

interface Flags extends AwsFlags, BundleFlags {}

/** `appsctl generate-terraform-data` */
export function generateTerraformDataCommand(
  context: CommandContext,
  name = 'generate-terraform-data',
): Command {
  const command = new Command(name)
    .summary('print the function names and S3 keys of a bundle as JSON, for Terraform')
    .description(
      'Prints, as JSON, the names of the functions and the S3 keys of the assets and the manifest of a bundle on AWS. Reads only the bundle.',
    )
    .argument('<bundle>', BUNDLE_ARGUMENT);
  return addAwsFlags(addBundleFlags(command)).action(
    context.action(async (bundle: string, flags: Flags) => {
      const options = { ...toBundleOptions(context, flags), ...toBundleAccess(context, bundle, flags) };
      const { terraformData } = await import('../api/terraform-data.js');
      const { json, findings, file } = await terraformData(bundle, options);
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
