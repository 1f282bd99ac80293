import { readLogs } from 'appsctl';
import { appArgument, aws } from './options.js';

const since = new Date(Date.now() - 60 * 60_000);
for await (const { time, message } of readLogs(appArgument(), { aws, since })) {
  console.log(time.toISOString(), message.trimEnd());
}
