import type { OpenPartialBundle } from '../bundle/open-bundle.js';
import type { PreparedDeployment } from '../operations/deploy/deploy.js';
import type { DeployPorts } from '../operations/deploy/ports.js';
import { toAppRequest } from './app-options.js';
import { type PlanOptions, toDeploySettings } from './deploy-options.js';
import type { LocalApp } from './local-app.js';
import type { NetworkContext } from './network-options.js';

/**
 * Prepares the deployment of an app on this machine, and works with it.
 *
 * @param openPorts called once the settings of the app are known to be valid, and it is built
 * @throws AppsctlError what the settings, the build, the preparation and the work throw
 */
export async function withLocalDeployment<Result>(
  local: LocalApp,
  options: PlanOptions,
  context: NetworkContext,
  openPorts: () => Promise<DeployPorts>,
  work: (prepared: PreparedDeployment) => Promise<Result>,
): Promise<Result> {
  const { findApp } = await import('../operations/app-source.js');
  const { variables = {} } = options;
  const app = await findApp(local.path, { ...toAppRequest(options, local), variables });
  const settings = toDeploySettings(options, app.settings, context);
  await app.build();
  const ports = await openPorts();
  const { prepareDeployment } = await import('../operations/deploy/deploy.js');
  let bundle: OpenPartialBundle | undefined;
  const open = async (): Promise<OpenPartialBundle> => {
    bundle = await app.open();
    return bundle;
  };
  try {
    return await work(await prepareDeployment(open, settings, ports));
  } finally {
    await bundle?.close();
  }
}
