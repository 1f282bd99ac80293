import type { AwsConnection, AwsCredentials } from '../aws/client/connection.js';
import type { AwsAccessKey } from '../core/aws/access-key.js';
import { type CredentialSource, chooseCredentials } from '../core/aws/credential-source.js';
import { resolveEndpoints, resolveVariants } from '../core/aws/endpoints.js';
import { profileName, type SharedConfig } from '../core/aws/shared-config.js';
import { isRegion } from '../core/aws/valid-names.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import type { Environment } from '../core/environment.js';
import { isHttpUrl } from '../core/http-url.js';
import { DEFAULT_TIMEOUTS } from '../core/timeouts.js';
import { openNetwork } from '../http/network.js';
import { type Context, resolveCommon } from './common-options.js';
import type { ConnectionOptions } from './network-options.js';

/** How AWS is reached, and why so. */
export interface ConnectionContext extends Context {
  readonly connection: AwsConnection;
  /** What the region was chosen by, such as a variable. */
  readonly regionSource: string;
  /** Where the credentials come from; undefined if the caller passes them. */
  readonly source: CredentialSource | undefined;
}

/**
 * Chooses credentials, region, endpoints and network. The configuration files of AWS are read only if credentials or
 * region may come from them: their endpoints count if the credentials do.
 *
 * @throws AppsctlError USAGE, INVALID_VARIABLE and MISSING_VARIABLE for what cannot be valid, CREDENTIALS for a profile
 *   that does not exist
 */
export async function resolveConnection(options: ConnectionOptions): Promise<ConnectionContext> {
  const { aws, timeouts, onEvent = () => {} } = options;
  const context = resolveCommon(options);
  const { env } = context;
  checkOptions(aws);
  const ofEnvironment = aws.region === undefined ? findRegion(env) : undefined;
  const usesProfile = aws.credentials === undefined || aws.profile !== undefined;
  const config =
    usesProfile || (aws.region ?? ofEnvironment) === undefined ? await readConfig(env) : NO_CONFIG;
  const name = profileName(env, aws.profile);
  const profile = config.profiles[name] ?? {};
  const given = aws.credentials ?? chooseCredentials(env, config, aws.profile);
  const source = 'kind' in given ? given : undefined;
  const { region, regionSource } = chooseRegion(aws, ofEnvironment, profile['region'], name);
  const counting = usesProfile ? profile : {};
  const endpoints = resolveEndpoints(aws.endpoints ?? {}, {
    env,
    profile: counting,
    services: config.services[counting['services'] ?? ''] ?? {},
  });
  const base = {
    ...{ region, endpoints, variants: resolveVariants(env, counting), onEvent },
    timeouts: { ...DEFAULT_TIMEOUTS, ...timeouts },
    network: await openNetwork(env, env['AWS_CA_BUNDLE'] || counting['ca_bundle']),
    clock: context.clock,
    signal: context.signal,
  };
  const credentialsSource = aws.credentialsSource ?? source?.name ?? 'aws.credentials';
  const connection = {
    ...base,
    credentials: await openCredentials(options, given, base, env),
    credentialsSource,
    credentialsOwner: source?.owner ?? `the AWS user of ${credentialsSource}`,
    credentialsHint: source?.hint,
  };
  return { ...context, connection, regionSource, source };
}

const NO_CONFIG: SharedConfig = { profiles: {}, services: {} };

async function readConfig(env: Environment): Promise<SharedConfig> {
  const { readSharedConfig } = await import('../aws/credentials/shared-config.js');
  return readSharedConfig(env);
}

/** Functions that are called with the same options share a provider: what it asks for, such as an MFA code, is asked once. */
const providers = new WeakMap<ConnectionOptions['aws'], () => Promise<AwsAccessKey>>();

async function openCredentials(
  { aws }: ConnectionOptions,
  given: AwsCredentials | CredentialSource,
  base: Pick<AwsConnection, 'region' | 'timeouts' | 'network' | 'clock' | 'onEvent'>,
  env: Environment,
): Promise<AwsConnection['credentials']> {
  if (typeof given === 'object' && !('kind' in given)) return given;
  if (typeof given === 'object' && given.kind === 'access key') return given.accessKey;
  const known = providers.get(aws);
  if (known !== undefined) return known;
  const [{ loadCredentials }, { shareCredentials }] = await Promise.all([
    import('../aws/credentials/load-credentials.js'),
    import('../aws/credentials/share-credentials.js'),
  ]);
  const { mfaCode } = aws;
  const load = typeof given === 'function' ? given : loadCredentials(given, { ...base, env, mfaCode });
  const provider = shareCredentials(load);
  providers.set(aws, provider);
  return provider;
}

/** A region, and what it was chosen by. */
interface ChosenRegion {
  readonly region: string;
  readonly regionSource: string;
}

/** AWS_DEFAULT_REGION is a variable of the AWS CLI, which the SDK does not read. */
function findRegion(env: Environment): ChosenRegion | undefined {
  for (const regionSource of ['AWS_REGION', 'AWS_DEFAULT_REGION']) {
    const region = env[regionSource];
    if (region) return { region, regionSource };
  }
  return undefined;
}

function chooseRegion(
  { region: given, regionSource = 'aws.region' }: ConnectionOptions['aws'],
  ofEnvironment: ChosenRegion | undefined,
  ofProfile: string | undefined,
  profile: string,
): ChosenRegion {
  if (given !== undefined) return { region: given, regionSource };
  const chosen = ofEnvironment ?? (ofProfile && { region: ofProfile, regionSource: `profile ${profile}` });
  if (!chosen) {
    throw new AppsctlError('MISSING_VARIABLE', 'no AWS region is set', {
      hint: ({ anyRegion }) => `set ${anyRegion}`,
    });
  }
  if (isRegion(chosen.region)) return chosen;
  const message = `${chosen.regionSource}: ${JSON.stringify(chosen.region)} is not a valid AWS region`;
  throw new AppsctlError('INVALID_VARIABLE', message, { hint: 'use its code, such as us-east-1' });
}

function checkOptions({ region, endpoints = {} }: ConnectionOptions['aws']): void {
  if (region !== undefined && !isRegion(region))
    throw invalidOption('aws.region', region, 'a valid AWS region');
  for (const [service, url] of Object.entries(endpoints)) {
    if (url !== undefined && !isHttpUrl(url)) {
      throw invalidUrl(`aws.endpoints.${service}`, url);
    }
  }
}

/** The error for an option that cannot be valid. */
export function invalidOption(option: string, value: string, expected: string): AppsctlError {
  return new AppsctlError('USAGE', `${option}: ${JSON.stringify(value)} is not ${expected}`);
}

/** The error for an option that is not a URL. A user, a query or a fragment may be secret: they are not repeated. */
export function invalidUrl(option: string, url: string): AppsctlError {
  const expected = 'a valid http(s) URL';
  return /[@?#]/.test(url)
    ? new AppsctlError('USAGE', `${option} is not ${expected} without user, query and fragment`)
    : invalidOption(option, url, expected);
}
