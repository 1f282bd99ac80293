import { AppsctlError } from '../core/diagnostics/error.js';
import type { RuleInfo } from '../core/diagnostics/rules/rule-info.js';
import { RULES, type Rule } from '../core/diagnostics/rules.js';
import { findSimilar } from '../core/did-you-mean.js';

/** A rule of app bundles, in words. */
export interface RuleExplanation extends RuleInfo {
  readonly id: Rule;
}

/** All rules of app bundles, those about the same thing together. */
export function listRules(): RuleExplanation[] {
  return (Object.keys(RULES) as Rule[]).map((id) => ({ id, ...RULES[id] }));
}

/**
 * Explains a rule: what it demands, why, and how to follow it.
 *
 * @param id the `rule` of a finding, such as `install/icon`
 * @throws AppsctlError USAGE for an unknown rule
 */
export function explain(id: string): RuleExplanation {
  const rules = listRules();
  const found = rules.find((rule) => rule.id === id);
  if (found !== undefined) return found;
  const similar = findSimilarRules(
    id,
    rules.map((rule) => rule.id),
  );
  throw new AppsctlError('USAGE', `unknown rule ${JSON.stringify(id)}`, {
    hint:
      similar.length === 0
        ? ({ rulesCommand }) => `list all rules with: ${rulesCommand}`
        : `did you mean ${similar.join(' or ')}?`,
  });
}

/** The rules with this name in any group, or the one with the most similar ID. */
function findSimilarRules(id: string, known: readonly string[]): readonly string[] {
  const sameName = known.filter((other) => other.endsWith(`/${id}`));
  const similar = findSimilar(id, known);
  return sameName.length > 0 || similar === undefined ? sameName : [similar];
}
