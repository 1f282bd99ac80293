import { AppsctlError, disableApp, enableApp, listServerApps, serverAppStatus } from 'appsctl';
import { appArgument, mattermost } from './options.js';

const id = appArgument();
const options = { mattermost: mattermost() };
try {
  await disableApp(id, options);
  await enableApp(id, options);
} catch (error) {
  if (!AppsctlError.is(error)) throw error;
  console.error(error.code, error.message, error.hint);
}
console.log(await serverAppStatus(id, options));
console.log((await listServerApps(options)).map((app) => app.id));
