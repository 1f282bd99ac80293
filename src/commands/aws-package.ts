import { setFlagsFromString } from 'node:v8';
import { Command, Option } from 'commander';
import { type AppFlags, addAppFlags, toAppOptions } from '../cli/input/app-flags.js';
import type { CommandContext } from '../cli/input/context.js';

interface Flags extends AppFlags {
  output?: string;
  json?: boolean;
  quiet?: boolean;
}

/** `appsctl aws package` */
export function awsPackageCommand(context: CommandContext): Command {
  const command = new Command('package')
    .summary('build an app bundle from a folder')
    .description(
      'Builds an app bundle from a folder with manifest.json, static/ and a folder or archive for each function; everything else is left out, and what .appsctlignore names. appsctl.json can name other places and a build command. The same content gives the same bytes on every machine.',
    )
    .argument('<folder>', 'the folder of the app')
    .option('-o, --output <file>', 'the bundle to write (default: APP-ID_VERSION.zip)')
    .addOption(
      new Option('-q, --quiet', 'print only the name of the bundle, and no warnings').conflicts('json'),
    )
    .option('--json', 'print the result as JSON');
  return addAppFlags(command).action(
    context.action(async (folder: string, flags: Flags) => {
      const { output, json, quiet } = flags;
      // Thousands of files leave much garbage, which V8 would let grow to 60 MB before it collects it.
      setFlagsFromString('--semi-space-growth-factor=1');
      const { packageApp } = await import('../api/package-app.js');
      const beforeChanges = (): void => context.beginChanges();
      const result = await packageApp(folder, { ...toAppOptions(context, flags), output, beforeChanges });
      const format = json ? 'json' : quiet ? 'name' : 'text';
      // JSON has the findings too.
      for (const finding of format === 'text' ? result.findings : [])
        context.onEvent({ type: 'finding', file: folder, finding });
      return { type: 'package', result, format };
    }),
  );
}
