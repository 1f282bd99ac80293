import type { OpenBundle } from '../../bundle/open-bundle.js';
import { CONCURRENT_REQUESTS, mapConcurrent, settleAll } from '../../core/async/concurrency.js';
import { assetKey } from '../../core/aws/resource-names.js';
import { GO_RUNTIME, isMigratedGo } from '../../core/aws/runtimes.js';
import { type Difference, findDifferences, toDifference } from '../../core/deploy/differences.js';
import { functionChanges } from '../../core/deploy/function-changes.js';
import { type FunctionState, NO_SETTINGS } from '../../core/deploy/function-spec.js';
import { planAssets, planManifest } from '../../core/deploy/plan.js';
import type { VersionProblem } from '../../core/inventory/problems.js';
import type { FunctionService } from '../../core/ports/lambda.js';
import type { ObjectStore } from '../../core/ports/s3.js';
import { compareAssets } from '../deploy/compare-assets.js';
import { migrateRuntimes } from '../deploy/migrate-runtimes.js';
import { toBundleContent, type VerifiedBundle } from '../deploy/verify-for-deploy.js';

/** What a bundle is compared with. */
export interface ComparePorts {
  readonly bucket: ObjectStore;
  readonly functions: Pick<FunctionService, 'describe'>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Compares the version on AWS with its bundle, as a deployment does: code, handlers and runtimes of the functions, the
 * assets and the manifest. Other settings and the role are not those of a bundle. Functions that do not exist are reported
 * without it.
 */
export async function compareWithBundle(
  verified: VerifiedBundle,
  { bucket, functions, signal }: ComparePorts,
): Promise<VersionProblem[]> {
  const { bundle } = verified;
  const { app_id: id, version } = bundle.manifest;
  const [states, stored, manifest] = await settleAll(
    mapConcurrent(bundle.functions, CONCURRENT_REQUESTS, ({ lambdaName }) => functions.describe(lambdaName)),
    bucket.list(assetKey(id, version, '')),
    bucket.get(bundle.manifestKey),
  );
  const existing = new Map(states.flatMap((state) => (state === undefined ? [] : [[state.name, state]])));
  const migrated = await migrateRuntimes(
    verified,
    ({ lambdaName, runtime }) => {
      const state = existing.get(lambdaName);
      return runtime === GO_RUNTIME && state !== undefined && isMigratedGo(state);
    },
    signal,
  );
  const content = toBundleContent(migrated);
  const compared = await compareAssets(bundle, content.md5ByAssetKey, stored, bucket);
  const assets = planAssets(bundle, content, { assets: stored, ...compared });
  const steps = { functions: [], assets, manifest: planManifest(bundle, manifest) };
  return [
    ...compareFunctions(migrated.bundle, content, existing).map(toProblem),
    ...assets
      .filter(({ action }) => action === 'create')
      .map(({ asset: { key } }): VersionProblem => {
        const message = `asset ${key} of the bundle does not exist`;
        return { problem: 'missing', kind: 'asset', name: key, message };
      }),
    ...findDifferences(steps, bundle.manifestKey).map(toProblem),
  ];
}

function compareFunctions(
  { functions }: OpenBundle,
  { codeByFunctionName }: ReturnType<typeof toBundleContent>,
  existing: ReadonlyMap<string, FunctionState>,
): Difference[] {
  return functions.flatMap(({ name, lambdaName, handler, runtime }) => {
    const state = existing.get(lambdaName);
    const code = codeByFunctionName.get(name);
    if (state === undefined || code === undefined) return [];
    const role = { arn: state.roleArn, createdAt: 0, trustPolicy: undefined };
    const spec = { name: lambdaName, handler, runtime, role, code, settings: NO_SETTINGS };
    const changes = functionChanges(spec, state);
    return changes.length === 0 ? [] : [toDifference({ spec, changes })];
  });
}

function toProblem({ kind, name, details }: Difference): VersionProblem {
  const detail = details.length === 0 ? '' : `: ${details.join('; ')}`;
  return { problem: 'different', kind, name, message: `${kind} ${name} differs from the bundle${detail}` };
}
