import { fromIni } from '@aws-sdk/credential-provider-ini';
import type { AwsAccessKey } from '../../core/aws/access-key.js';
import type { CredentialSource } from '../../core/aws/credential-source.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { SECOND } from '../../core/units.js';
import { innerClients } from './inner-clients.js';
import type { CredentialSettings } from './load-credentials.js';
import { configFiles } from './shared-config.js';

/** How long the command of `credential_process` may take, the time for a login in a browser included. */
const PROCESS_TIMEOUT_MS = 120 * SECOND;

type ProfileSource = Extract<CredentialSource, { kind: 'profile' }>;

/**
 * Loads the credentials of a profile: assumes its role, uses its SSO session, runs its command.
 *
 * @throws AppsctlError CREDENTIALS; the errors of the SDK
 */
export async function loadProfile(
  source: ProfileSource,
  settings: CredentialSettings,
): Promise<AwsAccessKey> {
  const { profile } = source;
  const answered = new AbortController();
  const load = fromIni({
    profile,
    ...configFiles(settings.env),
    ...innerClients(settings, profile),
    // A renewal must see a new login.
    ignoreCache: true,
    mfaCodeProvider(serial) {
      answered.abort();
      return askMfaCode(profile, serial, settings);
    },
  });
  if (!source.runsProcess) return load();
  try {
    return await Promise.race([load(), limitProcess(source, settings, answered.signal)]);
  } catch (error) {
    throw withoutCommand(source, error);
  } finally {
    answered.abort();
  }
}

/**
 * Rejects when the command has taken too long: the SDK sets no limit, and gives no way to end it.
 *
 * @param signal ends the wait
 */
async function limitProcess(
  { name, hint }: ProfileSource,
  { clock }: CredentialSettings,
  signal: AbortSignal,
): Promise<never> {
  await clock.sleep(PROCESS_TIMEOUT_MS, signal);
  if (signal.aborted) return new Promise(() => undefined);
  const message = `no AWS credentials: the credential_process of ${name} did not end within ${PROCESS_TIMEOUT_MS / SECOND} s`;
  throw new AppsctlError('CREDENTIALS', message, { hint });
}

/** The error of a command contains the command and what it printed, which may be secret. */
function withoutCommand({ name, hint }: ProfileSource, error: unknown): unknown {
  if (!(error instanceof Error) || !error.message.startsWith('Command failed')) return error;
  const message = `no AWS credentials: the credential_process of ${name} failed`;
  return new AppsctlError('CREDENTIALS', message, { hint });
}

async function askMfaCode(
  profile: string,
  serial: string,
  { mfaCode }: Pick<CredentialSettings, 'mfaCode'>,
): Promise<string> {
  if (mfaCode === undefined) {
    const message = `profile ${profile} needs a code of the MFA device ${serial}, and there is no one to ask for it`;
    throw new AppsctlError('CREDENTIALS', message, { hint: ({ mfaCode: how }) => how });
  }
  const code = (await mfaCode(serial)).trim();
  // AWS would repeat the code in its error.
  if (/^\d{6}$/.test(code)) return code;
  throw new AppsctlError('CREDENTIALS', `the code of the MFA device ${serial} must have six digits`, {
    hint: ({ again }) => again,
  });
}
