import type { AppsctlError } from '../../core/diagnostics/error.js';
import type { AppReference } from '../../core/manifest/app-reference.js';
import { installedError, type RemovalPlan } from '../../core/removal/plan.js';
import { findVersions, unknownApp, unknownVersion } from '../inventory/find-app.js';
import { type AppliedRemoval, applyRemoval } from './apply-removal.js';
import type { RemovePorts } from './ports.js';
import { readRemoval } from './read-removal.js';
import { RemoveRun } from './remove-run.js';
import type { RemoveSettings } from './settings.js';

/** A removal that is ready to be applied: everything has been read and planned, and nothing changed. */
export interface PreparedRemoval {
  readonly plan: RemovalPlan;
  /** The version of the app that the server lists; undefined when it lists none, or no server is given. */
  readonly listed: string | undefined;
  /**
   * Carries out the plan.
   *
   * @param beforeChanges called when the plan is known to be allowed; what it throws ends the removal
   * @throws AppsctlError CONFLICT when the app is installed and must not be uninstalled
   */
  apply(beforeChanges?: () => void | Promise<void>): Promise<AppliedRemoval>;
}

/**
 * Finds what there is of the versions of an app, and plans their removal. Changes nothing.
 *
 * @throws AppsctlError NOT_FOUND when the app, or the version, is not deployed and nothing is left of it; USAGE when it is
 *   not clear which version is meant; the errors of the ports
 */
export async function prepareRemoval(
  app: AppReference,
  settings: RemoveSettings,
  ports: RemovePorts,
): Promise<PreparedRemoval> {
  const { account, mattermost, vocabulary, onEvent } = ports;
  onEvent({ type: 'account', accountId: account.accountId, region: settings.region });
  const state = await readRemoval(app, settings, ports);
  if (state === undefined) throw await notDeployed(app, ports);
  const { plan, listed } = state;
  if (mattermost === undefined) {
    const message = `it is not known whether the app is installed in Mattermost: ${vocabulary.siteUrl} and ${vocabulary.adminToken} are not set`;
    onEvent({ type: 'warning', message });
  }
  if (plan.versions.length > 0 && state.revocationPlan.policies.length === 0) {
    const message = `policy ${settings.policyName} does not exist: if another one allows the server to invoke the functions, name it with ${vocabulary.policy}`;
    onEvent({ type: 'warning', message });
  }
  return {
    ...{ plan, listed },
    async apply(beforeChanges) {
      if (plan.isRefused) throw installedError(plan, mattermost?.siteUrl ?? '');
      if (plan.versions.length === 0) return { left: [] };
      await beforeChanges?.();
      const applied = await applyRemoval(new RemoveRun(state, settings, ports));
      if (applied.left.length > 0) onEvent({ type: 'warning', message: leftMessage(applied.left) });
      return applied;
    },
  };
}

async function notDeployed(app: AppReference, { bucket }: RemovePorts): Promise<AppsctlError> {
  const versions = app.version === undefined ? [] : await findVersions(app.id, bucket);
  return versions.length === 0
    ? unknownApp(app.id, bucket)
    : unknownVersion(
        app,
        versions.map(({ manifest }) => manifest.version),
      );
}

function leftMessage(keys: readonly string[]): string {
  const [first = ''] = keys;
  const what = keys.length === 1 ? first : `${first} and ${keys.length - 1} more`;
  return `versions of ${what} stay in the bucket, where no one is served them: s3:ListBucketVersions and s3:DeleteObjectVersion are needed to remove them, and Object Lock may forbid it until its date`;
}
