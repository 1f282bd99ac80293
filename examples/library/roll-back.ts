import { rollbackApp } from 'appsctl';
import { appArgument, aws, mattermost } from './options.js';

const options = { aws, mattermost: mattermost(), install: true };
const { changes } = await rollbackApp(appArgument(), 'v1.2.0', options);
for (const { action, kind, name } of changes) console.log(action, kind, name);
