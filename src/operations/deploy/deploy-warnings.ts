import type { AppBundle } from '../../core/bundle/bundle.js';
import { installationWarnings } from '../../core/deploy/mattermost-plan.js';
import type { ResourcePlan } from '../../core/deploy/plan.js';
import { isBucketReadable } from '../../core/policy/policy-templates.js';
import type { DeployState } from './current-state.js';
import type { DeployPorts } from './ports.js';

/** What the user should know before a plan is applied. */
export function* deployWarnings(
  { manifest }: AppBundle,
  plan: ResourcePlan,
  state: DeployState,
  { vocabulary }: DeployPorts,
): Generator<string> {
  const { bucket, invokePlan, invokeRequest, mattermost } = state;
  if (mattermost !== undefined) yield* installationWarnings(manifest, plan, mattermost.siteUrl, vocabulary);
  yield* leftoverWarnings(plan);
  yield* failedUpdateWarnings(plan);
  yield* takeOverWarnings(plan);
  const documents = invokePlan.policies.map(({ document }) => document);
  if (isBucketReadable(documents, bucket.name, invokeRequest.account.partition)) return;
  const [{ name }] = invokePlan.policies;
  yield `policy ${name} does not allow the server to read bucket ${bucket.name}; allow it with: ${vocabulary.initCommand}`;
}

/** Functions and assets of an earlier bundle of the same version. */
function* leftoverWarnings({ leftoverFunctions, leftoverAssets }: ResourcePlan): Generator<string> {
  for (const name of leftoverFunctions) {
    yield `function ${name} is no longer in the bundle; it remains on AWS, and the server can still invoke it`;
  }
  const [first] = leftoverAssets;
  if (first === undefined) return;
  yield leftoverAssets.length === 1
    ? `asset ${first} is no longer in the bundle; it remains in the bucket and is still served`
    : `asset ${first} and ${leftoverAssets.length - 1} more are no longer in the bundle; they remain in the bucket and are still served`;
}

/** What new functions do not take over from the previous version, because it cannot be read. */
function* takeOverWarnings({ functions }: ResourcePlan): Generator<string> {
  for (const { spec, takenOver } of functions) {
    for (const { name, permission } of takenOver?.unread ?? []) {
      yield `function ${spec.name} does not take over the ${name} of version ${takenOver?.version}, which cannot be read without ${permission}`;
    }
  }
}

/** Functions whose configuration is as planned, but not in effect, because their last update failed. */
function* failedUpdateWarnings({ functions }: ResourcePlan): Generator<string> {
  for (const { action, spec, current } of functions) {
    if (action === 'unchanged' && current?.updateFailure !== undefined) {
      yield `the last update of function ${spec.name} failed: ${current.updateFailure}`;
    }
  }
}
