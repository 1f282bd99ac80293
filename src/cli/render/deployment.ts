import type { DeployResult } from '../../api/deploy.js';
import { OUTCOME_OF } from '../../core/deploy/action.js';
import type { Outcome } from '../../core/diagnostics/event.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import { renderInstallation } from './installation.js';

/**
 * The lines for a deployment that is done.
 *
 * @param siteUrl the Mattermost server; undefined for a deployment without one
 * @param vocabulary the names of options and commands
 */
export function renderDeployment(
  result: DeployResult,
  siteUrl: string | undefined,
  vocabulary: Vocabulary,
): string[] {
  const { app, changes, executionRoleArn, invokePolicyArns, installation } = result;
  const assets = changes.filter(({ kind }) => kind === 'asset').map(({ action }) => OUTCOME_OF[action]);
  const lines = [
    `${app.displayName} (${app.id} ${app.version}) is deployed to AWS.`,
    `Functions: ${countOutcomes(result.functions.map(({ outcome }) => outcome))}`,
    `Assets: ${countOutcomes(assets)}`,
    `Execution role: ${executionRoleArn}`,
    `Invoke policy: ${invokePolicyArns.join(', ')}`,
  ];
  if (siteUrl !== undefined && installation !== undefined) {
    lines.push(renderInstallation(app, installation, siteUrl, vocabulary));
  }
  return lines;
}

function countOutcomes(outcomes: readonly Outcome[]): string {
  return (['created', 'updated', 'unchanged'] as const)
    .map((outcome) => `${outcomes.filter((other) => other === outcome).length} ${outcome}`)
    .join(', ');
}
