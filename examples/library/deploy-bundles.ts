import { listBundles, retryBundles, runDeployer } from 'appsctl';
import { aws, variable } from './options.js';

const deployer = {
  aws,
  environment: 'production',
  bundles: { name: variable('MM_APPS_BUNDLE_BUCKET') },
  allowedApps: ['hello-*'],
};
await retryBundles('all', deployer);
const { heldBy, deployed, failed } = await runDeployer({
  ...deployer,
  onEvent(event) {
    if (event.type === 'bundle' && event.state === 'started') console.log('deploying', event.bundle);
  },
});
if (heldBy !== undefined) console.log('another run is at it', heldBy.run);
for (const { key, app } of deployed) console.log('deployed', key, app.id, app.version);
for (const { key, error } of failed) console.log('failed', key, error.code, error.message);
const { bundles } = await listBundles(deployer);
for (const { key, state } of bundles) console.log(key, state);
