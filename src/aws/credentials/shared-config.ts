import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadSharedConfigFiles } from '@smithy/core/config';
import type { ConfigSection, SharedConfig } from '../../core/aws/shared-config.js';
import type { Environment } from '../../core/environment.js';

const SERVICES_PREFIX = 'services.';

/** Reads the configuration files of AWS. Files that do not exist, or cannot be read, have no settings. */
export async function readSharedConfig(env: Environment): Promise<SharedConfig> {
  const { configFile, credentialsFile } = await loadSharedConfigFiles(configFiles(env));
  const profiles: Record<string, ConfigSection> = {};
  const services: Record<string, ConfigSection> = {};
  for (const [name, section] of [...Object.entries(configFile), ...Object.entries(credentialsFile)]) {
    if (name.startsWith(SERVICES_PREFIX)) services[name.slice(SERVICES_PREFIX.length)] = section;
    else if (!name.startsWith('sso-session.')) profiles[name] = { ...profiles[name], ...section };
  }
  return { profiles, services };
}

/** The paths of the configuration files, as options of the SDK. */
export function configFiles(env: Environment): { configFilepath: string; filepath: string } {
  const folder = join(env['HOME'] || env['USERPROFILE'] || homedir(), '.aws');
  return {
    configFilepath: env['AWS_CONFIG_FILE'] || join(folder, 'config'),
    filepath: env['AWS_SHARED_CREDENTIALS_FILE'] || join(folder, 'credentials'),
  };
}
