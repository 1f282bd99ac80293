import { startLocalAws } from '../stand-ins/aws/index.js';
import { clientsFor } from '../support/aws-clients.js';
import { findMotoServer, startMoto } from './moto.js';
import { contract } from './suite.js';

contract('the local AWS', async () => {
  const aws = await startLocalAws();
  const clients = clientsFor(aws.endpoint, aws.admin);
  return {
    clients,
    aws,
    async stop() {
      clients.destroy();
      await aws.stop();
    },
  };
});

// An independent implementation must pass the same suite, which shows that it tests AWS and not the local AWS.
const motoServer = findMotoServer();
if (motoServer === undefined) {
  process.stderr.write(
    'moto_server was not found on PATH or in MOTO_SERVER: the contract suite ran against the local AWS only.\n',
  );
} else {
  contract('moto', () => startMoto(motoServer));
}
