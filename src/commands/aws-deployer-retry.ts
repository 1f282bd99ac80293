import { Command } from 'commander';
import { bundleBucketHelp, readBundleBucket } from '../cli/input/bundle-bucket-options.js';
import type { CommandContext } from '../cli/input/context.js';
import { addBundleBucketFlags, type BundleBucketFlags } from '../cli/input/deployer-flags.js';
import { AppsctlError } from '../core/diagnostics/error.js';

interface Flags extends BundleBucketFlags {
  all?: boolean;
}

/** `appsctl aws deployer retry` */
export function awsDeployerRetryCommand(context: CommandContext): Command {
  const command = new Command('retry')
    .summary('let the next run try bundles again that have failed')
    .description(
      'Removes the record of a failure from the tags of bundles, so that the next run tries them as if they were new.',
    )
    .argument('[key...]', 'the keys of the bundles')
    .option('--all', 'all bundles that have failed');
  return addBundleBucketFlags(command)
    .addHelpText('after', bundleBucketHelp())
    .action(
      context.action(async (keys: readonly string[], flags: Flags) => {
        const { all = false } = flags;
        if (all === keys.length > 0) throw wrongChoice(all);
        const options = {
          ...readBundleBucket(context, flags),
          beforeChanges: () => context.beginChanges(),
        };
        const { retryBundles } = await import('../api/deployer.js');
        return { type: 'retried bundles', bundles: await retryBundles(all ? 'all' : keys, options) };
      }),
    );
}

function wrongChoice(all: boolean): AppsctlError {
  return all
    ? new AppsctlError('USAGE', '--all and keys exclude each other')
    : new AppsctlError('USAGE', 'no bundle is named', {
        hint: 'name the keys of the bundles, or use --all; list them with: appsctl aws deployer status',
      });
}
