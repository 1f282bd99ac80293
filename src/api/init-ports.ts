import type { CheckId } from '../core/app-test/check.js';
import { profileName } from '../core/aws/shared-config.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import type { NewAccessKey } from '../core/ports/iam.js';
import type { EnvironmentFile } from '../operations/init/environment-file.js';
import type { InitPorts, VariableStore } from '../operations/init/ports.js';
import { openBucketSetup, openIam, openIdentity, openSecrets } from './adapters.js';
import type { NetworkContext, NetworkOptions } from './network-options.js';

/** What `init` calls back. */
export type InitCallbacks = Pick<InitPorts, 'saveAccessKey' | 'confirmKeyChange'>;

/** Opens what keeps the server's variables, and checks that it can be written. */
export async function openStore(
  { environmentFile, secretArn }: { environmentFile?: string | undefined; secretArn?: string | undefined },
  context: NetworkContext,
): Promise<(VariableStore & Partial<Pick<EnvironmentFile, 'serverKey'>>) | undefined> {
  if (environmentFile !== undefined) {
    const { openEnvironmentFile } = await import('../operations/init/environment-file.js');
    return openEnvironmentFile(environmentFile);
  }
  if (secretArn === undefined) return undefined;
  const [{ openSecret }, secrets] = await Promise.all([
    import('../operations/init/secret-store.js'),
    openSecrets(context, secretArn),
  ]);
  return openSecret(secrets, secretArn);
}

export async function openInitPorts(
  options: NetworkOptions,
  context: NetworkContext,
  store: VariableStore | undefined,
  callbacks: InitCallbacks,
): Promise<InitPorts> {
  const { clock, signal, onEvent, vocabulary } = context;
  const [identity, iam] = await Promise.all([openIdentity(context), openIam(context)]);
  return {
    ...{ identity, ...iam, store, ...callbacks },
    openBucket: (accountId) => openBucketSetup(context, accountId),
    testServerKey: (key) => testServerKey(options, context, key),
    ...{ clock, signal, onEvent, vocabulary },
  };
}

/** What depends on the key: the other checks are about apps, and about what the policy allows beyond what is needed. */
const KEY_CHECKS: readonly CheckId[] = ['credentials', 'bucket', 'manifests', 'manifest', 'policy'];

/**
 * Runs the checklist of the server with a key.
 *
 * @throws AppsctlError TEST_FAILED when the key does not work; other failed checks are warnings
 */
async function testServerKey(
  { aws, ...options }: NetworkOptions,
  { connection: { region, endpoints }, env, onEvent }: NetworkContext,
  { id, secret }: NewAccessKey,
): Promise<void> {
  const credentials = { accessKeyId: id, secretAccessKey: secret };
  // AWS is reached in the same way: a profile may also have certificates and variants of endpoints.
  const profile = aws.credentials === undefined ? profileName(env, aws.profile) : aws.profile;
  const server = { ...aws, profile, region, endpoints, credentials, credentialsSource: `access key ${id}` };
  const { testApp } = await import('./test-app.js');
  const { checks } = await testApp({ ...options, aws: server });
  for (const { id: check, title, outcome, detail, hint } of checks) {
    if (outcome !== 'failed') continue;
    if (KEY_CHECKS.includes(check)) throw new AppsctlError('TEST_FAILED', detail ?? title, { hint });
    onEvent({ type: 'warning', message: `the test "${title}" failed: ${detail}` });
  }
}
