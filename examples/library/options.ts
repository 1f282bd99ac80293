import { readFile } from 'node:fs/promises';
import type { AwsOptions, MattermostOptions } from 'appsctl';

/** Credentials and region come from the environment, a profile or a role, as for the AWS CLI. */
export const aws: AwsOptions = { bucket: variable('MM_APPS_S3_BUCKET') };

/** The same, with the access key of the server that prepare-account.ts has saved. */
export async function serverAws(): Promise<AwsOptions> {
  const { id, secret } = JSON.parse(await readFile('server-key.json', 'utf8'));
  return { ...aws, credentials: { accessKeyId: id, secretAccessKey: secret } };
}

export function mattermost(): MattermostOptions {
  return { url: variable('MM_SERVICESETTINGS_SITEURL'), token: variable('MM_ADMIN_TOKEN') };
}

/** The app that the program is about: its first argument. */
export function appArgument(): string {
  const [app] = process.argv.slice(2);
  if (app === undefined) throw new Error('name an app');
  return app;
}

export function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}
