import { Command } from 'commander';
import { type CommandContext, commonOptions } from '../cli/input/context.js';

/** `appsctl aws package` */
export function awsPackageCommand(context: CommandContext): Command {
  return new Command('package')
    .summary('build an app bundle from a folder')
    .description(
      'Builds an app bundle from a folder that holds manifest.json, static/ and a folder or archive for each function; everything else is left out. The same content gives the same bytes on every machine.',
    )
    .argument('<folder>', 'the folder of the app')
    .option('-o, --output <file>', 'the bundle to write (default: APP-ID_VERSION.zip)')
    .action(
      context.action(async (folder: string, { output }: { output?: string }) => {
        const { onEvent } = context;
        const { packageApp } = await import('../api/package-app.js');
        const beforeChanges = (): void => context.beginChanges();
        const result = await packageApp(folder, { ...commonOptions(context), output, beforeChanges });
        for (const finding of result.findings) onEvent({ type: 'finding', file: folder, finding });
        return { type: 'package', result };
      }),
    );
}
