import type { Environment } from '../environment.js';

/** The settings of a section; those of a nested one have names such as `s3.endpoint_url`. */
export type ConfigSection = Readonly<Record<string, string | undefined>>;

/**
 * What the configuration files of AWS contain. Format:
 * https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
export interface SharedConfig {
  /** By name, each with the settings of both files. */
  readonly profiles: Readonly<Record<string, ConfigSection>>;
  /** The endpoints of services, by the names that profiles refer to. */
  readonly services: Readonly<Record<string, ConfigSection>>;
}

/**
 * The name of the profile to use.
 *
 * @param given what the caller asks for, which takes precedence
 */
export function profileName(env: Environment, given: string | undefined): string {
  return given ?? (env['AWS_PROFILE'] || 'default');
}
