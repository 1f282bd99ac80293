import { deploy, planDeployment } from 'appsctl';
import { appArgument, aws, mattermost } from './options.js';

const app = appArgument();
const options = { aws, mattermost: mattermost(), install: true, update: true };
const { changes } = await planDeployment(app, options);
for (const { action, kind, name } of changes) console.log(action, kind, name);

const { functions, installation } = await deploy(app, {
  ...options,
  onEvent(event) {
    if (event.type === 'warning') console.warn(event.message);
  },
});
for (const { arn } of functions) console.log(arn);
console.log(installation?.kind);
