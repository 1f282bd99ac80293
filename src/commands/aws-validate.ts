import type { Command } from 'commander';
import type { CommandContext } from '../cli/input/context.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import type { Finding } from '../core/diagnostics/findings.js';

/** Declares `aws validate`. */
export function declareAwsValidate(parent: Command, context: CommandContext): void {
  parent
    .command('validate')
    .summary('check an app bundle, without a network')
    .description(
      'Checks everything in an app bundle that can be checked without a network: the zip, the manifest, the names on AWS, the function archives, their runtimes. Ends with 0 if it can be deployed and with 2 if not.',
    )
    .argument('<bundle>', 'the app bundle, a .zip file')
    .option('--json', 'print the report as JSON')
    .action(async (file: string, options: { json?: boolean }) => {
      const findings = await findingsOf(file, context);
      const valid = findings.every(({ severity }) => severity !== 'error');
      context.report({ file, valid, findings }, options.json === true ? 'json' : 'text');
    });
}

async function findingsOf(
  file: string,
  { clock, signal, words }: CommandContext,
): Promise<readonly Finding[]> {
  const [{ openBundle }, { validate }] = await Promise.all([
    import('../bundle/open-bundle.js'),
    import('../operations/validate.js'),
  ]);
  try {
    const bundle = await openBundle(file);
    try {
      return (await validate(bundle, clock.now(), { signal, words })).all;
    } finally {
      await bundle.close();
    }
  } catch (error) {
    // A bundle that cannot be opened has findings too; a file that cannot be read has none.
    if (!AppsctlError.is(error) || error.findings.length === 0) throw error;
    return error.findings;
  }
}
