import type { RuleExplanation } from '../../api/explain.js';
import { type Format, jsonLines } from './json.js';

/** The lines for rules: one line each in a list, all of their texts otherwise. */
export function renderRules(rules: readonly RuleExplanation[], format: Format | 'list'): string[] {
  if (format === 'json') return jsonLines({ rules });
  if (format === 'text') return rules.flatMap(renderRule);
  const width = Math.max(...rules.map(({ id }) => id.length));
  return rules.map(({ id, rule }) => `${id.padEnd(width)}  ${rule}`);
}

function renderRule({ id, severities, rule, reason, fix }: RuleExplanation): string[] {
  return [`${id} (${severities.join(' or ')})`, `Rule: ${rule}`, `Why: ${reason}`, `Fix: ${fix}`];
}
