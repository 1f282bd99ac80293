import { invoke } from 'appsctl';
import { appArgument, serverAws } from './options.js';

const values = { message: 'Hello from a program' };
const { status, body, milliseconds } = await invoke(appArgument(), '/send', {
  aws: await serverAws(),
  values,
});
console.log(status, body, `${milliseconds} ms`);
