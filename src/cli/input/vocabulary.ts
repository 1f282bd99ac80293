import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';

/** The flags, environment variables and commands of the command line, for hints. */
export const CLI_VOCABULARY: Vocabulary = {
  region: 'MM_APPS_AWS_REGION',
  bucket: 'MM_APPS_S3_BUCKET',
  endpoint: 'AWS_ENDPOINT_URL',
  siteUrl: 'MM_SERVICESETTINGS_SITEURL',
  adminToken: 'MM_ADMIN_TOKEN',
  update: '--update',
  install: '--install',
  user: '--user',
  group: '--group',
  policy: '--policy',
  executionRole: '--execute-role',
  permissionsBoundary: '--permissions-boundary',
  memory: '--memory',
  env: '--env',
  replaceEnv: '--replace-env',
  freshSettings: '--fresh-settings',
  migrateRuntimes: '--migrate-runtimes',
  create: '--create',
  createAccessKey: '--create-access-key',
  output: '-o',
  again: 'run the same command again',
  initCommand: 'appsctl aws init --create',
  testDeployCommand: 'appsctl aws test deploy BUNDLE',
};
