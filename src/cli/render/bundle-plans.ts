import type { PlannedBundle } from '../../core/deployer/report.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import { renderError } from './error.js';
import { renderPlan } from './plan.js';

/**
 * The lines for a dry run: the plan of each bundle that would be tried.
 *
 * @param vocabulary the names of options and commands
 */
export function renderBundlePlans(bundles: readonly PlannedBundle[], vocabulary: Vocabulary): string[] {
  return [...bundles.flatMap((bundle) => renderBundlePlan(bundle, vocabulary)), describePlans(bundles)];
}

/** What a dry run has found, in one line. */
export function describePlans(bundles: readonly PlannedBundle[]): string {
  if (bundles.length === 0) return 'no bundle is new or to be tried again';
  const failed = bundles.filter(({ error }) => error !== undefined).length;
  return `${bundles.length - failed} would be deployed, ${failed} would fail. Nothing was changed (--dry-run).`;
}

function renderBundlePlan({ key, app, changes, error }: PlannedBundle, vocabulary: Vocabulary): string[] {
  const name = app === undefined ? '' : `: ${app.displayName} (${app.id} ${app.version})`;
  const plan = changes.length === 0 ? [] : renderPlan({ changes }, vocabulary);
  const [message = '', ...others] = error === undefined ? [] : renderError(error, vocabulary);
  const failure = error === undefined ? [] : [`would fail: ${message}`, ...others];
  return [`${key}${name}`, ...[...plan, ...failure].map((line) => `  ${line}`)];
}
