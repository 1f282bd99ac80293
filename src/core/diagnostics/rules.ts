import { DEPLOYMENT_RULES } from './rules/deployment-rules.js';
import { FUNCTION_RULES } from './rules/function-rules.js';
import { MANIFEST_RULES } from './rules/manifest-rules.js';
import type { RuleInfo } from './rules/rule-info.js';
import { ZIP_RULES } from './rules/zip-rules.js';

/** The id of a rule. */
export type Rule =
  | keyof typeof ZIP_RULES
  | keyof typeof MANIFEST_RULES
  | keyof typeof FUNCTION_RULES
  | keyof typeof DEPLOYMENT_RULES;

/**
 * The rules of app bundles, by id. The ids are stable: programs may depend on them. docs/bundle-rules.md lists them with
 * the limits and formats that they refer to.
 */
export const RULES: Readonly<Record<Rule, RuleInfo>> = {
  ...ZIP_RULES,
  ...MANIFEST_RULES,
  ...FUNCTION_RULES,
  ...DEPLOYMENT_RULES,
};
