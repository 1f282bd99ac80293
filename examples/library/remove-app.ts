import { removeApp } from 'appsctl';
import { appArgument, aws, mattermost } from './options.js';

const { steps, left } = await removeApp(appArgument(), {
  ...{ aws, mattermost: mattermost() },
  ...{ allVersions: true, uninstall: true },
});
for (const { action, kind, name } of steps) console.log(action, kind, name);
if (left.length > 0) console.warn(`${left.length} objects have versions that S3 does not remove`);
