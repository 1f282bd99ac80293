import type { Command } from 'commander';
import type { CommandContext } from '../cli/input/context.js';

/** Declares `generate-terraform-data` and `terraform generate-data`, its name in the last release of the Go tool. */
export function declareGenerateTerraformData(program: Command, context: CommandContext): void {
  declare(program.command('generate-terraform-data'), context);
  const terraform = program.command('terraform', { hidden: true }).description('commands for Terraform');
  declare(terraform.command('generate-data'), context);
}

function declare(command: Command, context: CommandContext): void {
  command
    .summary('print what a pipeline needs to deploy a bundle')
    .description(
      'Prints, as JSON, the names of the functions, the keys of the assets and of the manifest that a bundle gets on AWS. Reads the zip directory and the manifest, and talks to nobody.',
    )
    .argument('<bundle>', 'the app bundle, a .zip file')
    .action(async (file: string) => {
      const [{ openBundle }, { checkAwsNames }, { terraformData }, { Findings }] = await Promise.all([
        import('../bundle/open-bundle.js'),
        import('../core/bundle/aws-names.js'),
        import('../core/deploy/terraform-data.js'),
        import('../core/diagnostics/findings.js'),
      ]);
      const bundle = await openBundle(file);
      try {
        const names = new Findings();
        checkAwsNames(bundle, names);
        // The pipeline decides: what a deployment refuses is only warned of here.
        const findings = [
          ...bundle.findings,
          ...names.errors.map((error) => ({ ...error, severity: 'warning' as const })),
        ];
        for (const finding of findings) context.onEvent({ type: 'finding', file, finding });
        context.write(terraformData(bundle));
      } finally {
        await bundle.close();
      }
    });
}
