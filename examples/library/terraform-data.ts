import { terraformData } from 'appsctl';
import { appArgument } from './options.js';

const { json, findings } = await terraformData(appArgument(), { unpack: 'unpacked' });
for (const { message } of findings) console.warn(message);
process.stdout.write(json);
