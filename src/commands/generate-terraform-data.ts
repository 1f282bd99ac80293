import { Command } from 'commander';
import { type CommandContext, commonOptions } from '../cli/input/context.js';

/** `appsctl generate-terraform-data` */
export function generateTerraformDataCommand(
  context: CommandContext,
  name = 'generate-terraform-data',
): Command {
  return new Command(name)
    .summary('print the function names and S3 keys of a bundle as JSON, for Terraform')
    .description(
      'Prints, as JSON, the names of the functions and the S3 keys of the assets and the manifest of a bundle on AWS. Reads only the bundle, without a network.',
    )
    .argument('<bundle>', 'the app bundle, a .zip file')
    .action(
      context.action(async (file: string) => {
        const { terraformData } = await import('../api/terraform-data.js');
        const { json, findings } = await terraformData(file, commonOptions(context));
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
