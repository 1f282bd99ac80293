import { Command } from 'commander';
import { bundleBucketHelp, readBundleBucket } from '../cli/input/bundle-bucket-options.js';
import type { CommandContext } from '../cli/input/context.js';
import { addBundleBucketFlags, type BundleBucketFlags } from '../cli/input/deployer-flags.js';
import { type JsonFlag, readFormat } from '../cli/input/json-flag.js';

interface Flags extends BundleBucketFlags, JsonFlag {}

/** `appsctl aws deployer status` */
export function awsDeployerStatusCommand(context: CommandContext): Command {
  const command = new Command('status')
    .summary('list the bundles with what was done with them')
    .description(
      'Lists the bundles of a bucket: whether each is deployed, new or failed, with the code of its last error and when it is tried again. Changes nothing. Exits with 1 if the tags of a bundle cannot be read.',
    )
    .option('--json', 'print everything that is known, as JSON');
  return addBundleBucketFlags(command)
    .addHelpText('after', bundleBucketHelp())
    .action(
      context.action(async (flags: Flags) => {
        const options = readBundleBucket(context, flags);
        const { listBundles } = await import('../api/deployer.js');
        const list = await listBundles(options);
        const exit = list.unreadable.length > 0 ? 'failed' : undefined;
        const { environment, bundles } = options;
        const source = { environment, bucket: bundles.name, prefix: bundles.prefix };
        return { type: 'bundles', list, source, format: readFormat(flags), exit };
      }),
    );
}
