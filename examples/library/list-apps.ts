import { listApps } from 'appsctl';
import { aws, mattermost } from './options.js';

const { versions } = await listApps({ aws, mattermost: mattermost() });
for (const { id, version, functions, server } of versions) {
  const states = functions.map((item) => `${item.name} ${item.aws?.state ?? item.status}`);
  console.log(id, version, states.join(', '), server?.installedVersion ?? 'not installed');
}
