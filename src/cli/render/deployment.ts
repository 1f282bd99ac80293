import type { DeployResult } from '../../api/deploy.js';
import { OUTCOME_OF } from '../../core/deploy/action.js';
import type { ResourceKind } from '../../core/diagnostics/event.js';
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
  const { app, executionRoleArn, invokePolicyArns, installation } = result;
  const lines = [
    `${app.displayName} (${app.id} ${app.version}) is deployed to AWS.`,
    `Functions: ${countOutcomes(result, 'function')}`,
    `Assets: ${countOutcomes(result, 'asset')}`,
    `Execution role: ${executionRoleArn}`,
    `Invoke policy: ${invokePolicyArns.join(', ')}`,
  ];
  if (siteUrl !== undefined && installation !== undefined) {
    lines.push(renderInstallation(app, installation, siteUrl, vocabulary));
  }
  return lines;
}

function countOutcomes({ changes }: DeployResult, kind: ResourceKind): string {
  const ofKind = changes.filter((change) => change.kind === kind);
  return (['create', 'update', 'unchanged'] as const)
    .map((action) => `${ofKind.filter((change) => change.action === action).length} ${OUTCOME_OF[action]}`)
    .join(', ');
}
