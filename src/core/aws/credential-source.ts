import { AppsctlError } from '../diagnostics/error.js';
import type { Hint } from '../diagnostics/vocabulary.js';
import { didYouMean } from '../did-you-mean.js';
import type { Environment } from '../environment.js';
import type { AwsAccessKey } from './access-key.js';
import { type ConfigSection, profileName, type SharedConfig } from './shared-config.js';

/** Where credentials come from. */
export type CredentialSource = {
  /** How messages name the credentials. */
  readonly name: string;
  /** How messages name whom they belong to, if that is not the AWS user of this name. */
  readonly owner?: string | undefined;
  /** More about them, such as the role that a profile assumes. */
  readonly detail?: string | undefined;
  /** What to do when there are none. */
  readonly hint?: Hint | undefined;
} & (
  | { readonly kind: 'access key'; readonly accessKey: AwsAccessKey }
  | { readonly kind: 'profile'; readonly profile: string; readonly runsProcess: boolean }
  | { readonly kind: 'web identity' | 'container' | 'instance' | 'nowhere' }
);

/** The settings by which a profile has credentials. */
const CREDENTIAL_SETTINGS = [
  'aws_access_key_id',
  'role_arn',
  'credential_process',
  'sso_session',
  'sso_start_url',
  'sso_account_id',
  'login_session',
];

const NO_CREDENTIALS_HINT: Hint = ({ credentials }) => `set ${credentials}`;

/**
 * Chooses where credentials come from, as the AWS CLI does: a profile that the caller names, the variables of AWS,
 * AWS_PROFILE or the default profile, a web identity, the role of the container, the role of the instance. Only what is
 * configured counts, not whether it works: credentials that have expired are an error, and not replaced by others.
 *
 * @param given the name of a profile that the caller asks for
 * @throws AppsctlError CREDENTIALS for a profile that does not exist, MISSING_VARIABLE for half an access key
 */
export function chooseCredentials(
  env: Environment,
  { profiles }: SharedConfig,
  given: string | undefined,
): CredentialSource {
  const name = profileName(env, given);
  const isNamed = given !== undefined || Boolean(env['AWS_PROFILE']);
  const accessKey = given === undefined ? readAccessKey(env) : undefined;
  if (accessKey !== undefined) return { kind: 'access key', name: 'AWS_ACCESS_KEY_ID', accessKey };
  const profile = profiles[name];
  if (profile === undefined && isNamed) throw unknownProfile(name, Object.keys(profiles));
  // A named profile without credentials is an error only when it is asked for: AWS_PROFILE may just set a region.
  if (profile !== undefined && (given !== undefined || hasCredentials(profile))) {
    return fromProfile(name, profile, profiles);
  }
  if (env['AWS_WEB_IDENTITY_TOKEN_FILE'] && env['AWS_ROLE_ARN']) {
    const hint = 'check that AWS_WEB_IDENTITY_TOKEN_FILE names a file with a valid token';
    return { kind: 'web identity', ...role('web identity'), detail: env['AWS_ROLE_ARN'], hint };
  }
  if (env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'] || env['AWS_CONTAINER_CREDENTIALS_FULL_URI']) {
    return { kind: 'container', ...role('container') };
  }
  const isDisabled = env['AWS_EC2_METADATA_DISABLED']?.toLowerCase() === 'true';
  return {
    kind: isDisabled ? 'nowhere' : 'instance',
    ...role('instance'),
    hint: NO_CREDENTIALS_HINT,
  };
}

function role(of: string): Pick<CredentialSource, 'name' | 'owner'> {
  const name = `the role of the ${of}`;
  return { name, owner: name };
}

function readAccessKey(env: Environment): AwsAccessKey | undefined {
  const names = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;
  const [accessKeyId, secretAccessKey] = names.map((name) => env[name]);
  if (!accessKeyId && !secretAccessKey) return undefined;
  if (accessKeyId && secretAccessKey) {
    return { accessKeyId, secretAccessKey, ...sessionToken(env['AWS_SESSION_TOKEN']) };
  }
  const [set, missing] = accessKeyId ? names : names.toReversed();
  throw new AppsctlError('MISSING_VARIABLE', `${set} is set, and ${missing} is not`, {
    hint: `set both, or neither`,
  });
}

function sessionToken(token: string | undefined): Pick<AwsAccessKey, 'sessionToken'> {
  return token ? { sessionToken: token } : {};
}

function fromProfile(
  name: string,
  profile: ConfigSection,
  profiles: SharedConfig['profiles'],
): CredentialSource {
  const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey } = profile;
  const source = { name: `profile ${name}`, detail: describeProfile(profile) };
  if (accessKeyId && secretAccessKey && !profile['role_arn']) {
    const accessKey = { accessKeyId, secretAccessKey, ...sessionToken(profile['aws_session_token']) };
    return { kind: 'access key', ...source, accessKey };
  }
  const chain = profileChain(name, profiles);
  return {
    kind: 'profile',
    ...source,
    owner: profile['role_arn'] ?? `the role of profile ${name}`,
    profile: name,
    runsProcess: chain.some((section) => section['credential_process'] !== undefined),
    hint: profileHint(name, chain),
  };
}

/** A profile, and those whose credentials it uses to assume its role. */
function profileChain(name: string, profiles: SharedConfig['profiles']): ConfigSection[] {
  const visited = new Set<string>();
  for (let next: string | undefined = name; next !== undefined && !visited.has(next); ) {
    visited.add(next);
    next = profiles[next]?.['source_profile'];
  }
  return [...visited].map((visitedName) => profiles[visitedName] ?? {});
}

function describeProfile(profile: ConfigSection): string | undefined {
  if (profile['role_arn']) return profile['role_arn'];
  if (profile['sso_session']) return `SSO session ${profile['sso_session']}`;
  if (profile['sso_start_url']) return 'SSO';
  return profile['credential_process'] ? 'credential_process' : undefined;
}

function profileHint(name: string, chain: readonly ConfigSection[]): string {
  const has = (...names: string[]): boolean => chain.some((section) => names.some((key) => section[key]));
  if (has('sso_session', 'sso_start_url')) return `log in again: aws sso login --profile ${name}`;
  if (has('login_session')) return `log in again: aws login --profile ${name}`;
  if (has('credential_process')) return `run the command of credential_process in profile ${name} yourself`;
  return `check profile ${name} in the configuration files of AWS`;
}

function hasCredentials(profile: ConfigSection): boolean {
  return CREDENTIAL_SETTINGS.some((name) => profile[name]);
}

function unknownProfile(name: string, known: readonly string[]): AppsctlError {
  const hint =
    known.length === 0
      ? 'the configuration files of AWS have no profiles: create one with aws configure'
      : didYouMean(name, known, `use one of the profiles that there are: ${known.join(', ')}`);
  return new AppsctlError('CREDENTIALS', `AWS profile ${name} does not exist`, { hint });
}
