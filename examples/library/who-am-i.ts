import { whoami } from 'appsctl';
import { aws, mattermost } from './options.js';

const { credentials, identity, region } = await whoami({ aws, mattermost: mattermost() });
console.log(credentials.source, region.name, identity);
