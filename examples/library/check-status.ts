import { status } from 'appsctl';
import { aws, mattermost } from './options.js';

const { ok, problems, notChecked } = await status({ aws, mattermost: mattermost() });
for (const { message } of problems) console.log(message);
for (const part of notChecked) console.log('not checked:', part);
console.log(ok ? 'all right' : 'not all right');
