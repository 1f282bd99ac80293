import type { Command } from 'commander';
import type { CommandContext } from '../cli/input/context.js';

/** Declares `aws package`. */
export function declareAwsPackage(parent: Command, context: CommandContext): void {
  parent
    .command('package')
    .summary('build an app bundle from a folder')
    .description(
      'Builds an app bundle from a folder that holds manifest.json, static/ and a folder or archive for each function; everything else there is left out. The same content gives the same bytes, on every machine.',
    )
    .argument('<folder>', 'the folder of the app')
    .option('-o, --output <file>', 'the bundle to write (default: APP-ID_VERSION.zip)')
    .action(async (folder: string, options: { output?: string }) => {
      const { preparePackage } = await import('../operations/package.js');
      const prepared = await preparePackage(folder, options.output, context.clock.now(), context);
      const { file, bytes, findings } = await context.changing(() => prepared.write());
      for (const finding of findings) context.onEvent({ type: 'finding', file: folder, finding });
      context.print(`${file} (${bytes} bytes)`);
    });
}
