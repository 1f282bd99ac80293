import { testApp } from 'appsctl';
import { appArgument, serverAws } from './options.js';

const { passed, checks } = await testApp({ aws: await serverAws(), app: appArgument() });
for (const { outcome, title, detail } of checks) console.log(outcome, title, detail ?? '');
console.log(passed ? 'passed' : 'failed');
