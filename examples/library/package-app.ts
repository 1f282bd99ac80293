import { packageApp, validate } from 'appsctl';
import { appArgument } from './options.js';

const app = appArgument();
const { valid, findings } = await validate(app);
for (const { severity, location, message } of findings) console.log(`${severity}: ${location}: ${message}`);
if (!valid) process.exit(1);

const { file, sha256 } = await packageApp(app, { output: 'app.zip' });
console.log(file, sha256);
