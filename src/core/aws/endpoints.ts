import type { AwsService } from '../aws-service.js';
import { AppsctlError } from '../diagnostics/error.js';
import type { Environment } from '../environment.js';
import { isHttpUrl } from '../http-url.js';
import type { ConfigSection } from './shared-config.js';

/** The URLs of services, instead of those of AWS. */
export type Endpoints = Partial<Readonly<Record<AwsService, string | undefined>>>;

/**
 * How AWS names its services in variables and, in lower case, in configuration files. Source:
 * https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html
 */
const NAMES: Readonly<Record<AwsService, string>> = {
  iam: 'IAM',
  lambda: 'LAMBDA',
  logs: 'CLOUDWATCH_LOGS',
  s3: 'S3',
  secretsmanager: 'SECRETS_MANAGER',
  sts: 'STS',
};

/** Where endpoints are configured. */
export interface EndpointSettings {
  readonly env: Environment;
  /** The profile and its section `services`, if they count. */
  readonly profile: ConfigSection;
  readonly services: ConfigSection;
}

/**
 * Chooses the endpoint of each service: its own variable, the general variable, the profile's section for the service,
 * the profile's endpoint. Rule: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 *
 * @param given endpoints that take precedence over all of these
 * @throws AppsctlError INVALID_VARIABLE for one that is not a URL
 */
export function resolveEndpoints(given: Endpoints, settings: EndpointSettings): Endpoints {
  const { env, profile, services } = settings;
  const isIgnored = [
    env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'],
    profile['ignore_configured_endpoint_urls'],
  ].some((value) => value?.toLowerCase() === 'true');
  const resolve = (service: AwsService): string | undefined => {
    if (given[service] !== undefined || isIgnored) return given[service];
    const name = NAMES[service];
    const section = `${name.toLowerCase()}.endpoint_url`;
    const candidates = [
      [`AWS_ENDPOINT_URL_${name}`, env[`AWS_ENDPOINT_URL_${name}`]],
      ['AWS_ENDPOINT_URL', env['AWS_ENDPOINT_URL']],
      [`${section} of the profile`, services[section]],
      ['endpoint_url of the profile', profile['endpoint_url']],
    ] as const;
    const [source, url] = candidates.find(([, value]) => value) ?? [];
    if (url === undefined || isHttpUrl(url)) return url;
    throw new AppsctlError('INVALID_VARIABLE', `${source} is not a valid http(s) URL`, {
      hint: 'use the form http://HOST:PORT',
    });
  };
  return Object.fromEntries(Object.keys(NAMES).map((service) => [service, resolve(service as AwsService)]));
}

/** Which of AWS's own endpoints are used. */
export interface EndpointVariants {
  readonly useFipsEndpoint: boolean;
  readonly useDualstackEndpoint: boolean;
}

/**
 * Chooses between the endpoints of AWS. Rule: https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html
 *
 * @param profile the profile, if it counts
 */
export function resolveVariants(env: Environment, profile: ConfigSection): EndpointVariants {
  const isSet = (name: string): boolean =>
    (env[`AWS_${name.toUpperCase()}`] || profile[name])?.toLowerCase() === 'true';
  return {
    useFipsEndpoint: isSet('use_fips_endpoint'),
    useDualstackEndpoint: isSet('use_dualstack_endpoint'),
  };
}
