import type { NewAccessKey } from '../ports/iam.js';

/** The environment variables with which the Mattermost server reaches AWS. */
export const SERVER_VARIABLES = {
  accessKey: 'MM_APPS_AWS_ACCESS_KEY',
  secretKey: 'MM_APPS_AWS_SECRET_KEY',
  region: 'MM_APPS_AWS_REGION',
  bucket: 'MM_APPS_S3_BUCKET',
} as const;

/** The values of the server's variables by name; those of the key only if it is given. */
export function serverVariables(
  { region, bucket }: { readonly region: string; readonly bucket: string },
  accessKey: NewAccessKey | undefined,
): Record<string, string> {
  return {
    ...(accessKey !== undefined && {
      [SERVER_VARIABLES.accessKey]: accessKey.id,
      [SERVER_VARIABLES.secretKey]: accessKey.secret,
    }),
    [SERVER_VARIABLES.region]: region,
    [SERVER_VARIABLES.bucket]: bucket,
  };
}
