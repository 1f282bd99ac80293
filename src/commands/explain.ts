import { Command } from 'commander';
import type { CommandContext } from '../cli/input/context.js';

/** `appsctl explain` */
export function explainCommand(context: CommandContext): Command {
  return new Command('explain')
    .summary('explain a rule for app bundles')
    .description(
      'Explains a rule that the findings of other commands name in brackets: what it demands, why, and how to follow it. Without a rule, lists all of them.',
    )
    .argument('[rule]', 'the ID of the rule, such as install/icon')
    .option('--json', 'print the rules as JSON')
    .action(
      context.action(async (id: string | undefined, { json }: { json?: boolean }) => {
        const { explain, listRules } = await import('../api/explain.js');
        const rules = id === undefined ? listRules() : [explain(id)];
        const format = json === true ? 'json' : id === undefined ? 'list' : 'text';
        return { type: 'rules', rules, format };
      }),
    );
}
