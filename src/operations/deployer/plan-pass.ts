import { throwIfAborted } from '../../core/async/clock.js';
import { differenceError } from '../../core/deploy/differences.js';
import type { DeployerEvent } from '../../core/deployer/event.js';
import type { BundleApp, PlannedBundle } from '../../core/deployer/report.js';
import { withBundle } from './deploy-bundle.js';
import { endsPass, toFailure } from './failures.js';
import type { DeployerAccess, DeployerPorts } from './ports.js';
import { type ReadBundle, readBundles, selectDue } from './read-bundles.js';
import type { DeployerSettings } from './settings.js';

/**
 * Plans what a pass would do now. Changes nothing: no tag, no lease, no message.
 *
 * @returns the bundles that would be tried, in their order
 * @throws AppsctlError as a pass
 */
export async function planPass(settings: DeployerSettings, ports: DeployerPorts): Promise<PlannedBundle[]> {
  const access = await ports.openAccess();
  const list = await readBundles(access.bundles, settings, ports.signal);
  const due = selectDue(list, settings, access.bundles.name, ports.clock.now());
  const planned: PlannedBundle[] = [];
  const add = (result: PlannedBundle): void => {
    planned.push(result);
    ports.onEvent({ type: 'bundle', state: 'planned', result, bundle: result.key });
  };
  for (const { key, error } of list.unreadable) add({ key, app: undefined, changes: [], error });
  for (const bundle of due) add(await planBundle(bundle, settings, ports, access));
  return planned;
}

async function planBundle(
  bundle: ReadBundle,
  settings: DeployerSettings,
  { clock, signal, onEvent }: DeployerPorts,
  access: DeployerAccess,
): Promise<PlannedBundle> {
  throwIfAborted(signal);
  const { key } = bundle;
  let app: BundleApp | undefined;
  const context = {
    ...{ settings, access, clock, signal },
    onEvent: (event: DeployerEvent) => onEvent({ ...event, bundle: key }),
    onApp: (read: BundleApp) => {
      app = read;
    },
  };
  try {
    return await withBundle(bundle, context, async ({ plan, changes }) => {
      const error = plan.refused.length === 0 ? undefined : differenceError(plan.refused);
      return { key, app, changes, error };
    });
  } catch (thrown) {
    const error = toFailure(thrown);
    if (endsPass(error)) throw error;
    return { key, app, changes: [], error };
  }
}
