import { writeFile } from 'node:fs/promises';
import { init } from 'appsctl';
import { aws } from './options.js';

const { userArn, existingAccessKeyIds } = await init({
  aws,
  create: true,
  createAccessKey: true,
  // If this throws, the key is deleted: no one would know its secret.
  saveAccessKey: ({ accessKey: { id, secret } }) =>
    writeFile('server-key.json', JSON.stringify({ id, secret }), { mode: 0o600 }),
});
console.log(
  `The server is ${userArn}, which had ${existingAccessKeyIds?.length ?? 'unknown'} access keys before.`,
);
