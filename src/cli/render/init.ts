import type { InitResult } from '../../api/init.js';

/** Shell lines that set the server's four variables. Those without a value are comments, so that the lines can be evaluated. */
export function renderInit(
  { accessKey, existingAccessKeyIds }: InitResult,
  server: { readonly region: string; readonly bucket: string; readonly userName: string },
): string[] {
  const known = [
    `export MM_APPS_AWS_REGION='${server.region}'`,
    `export MM_APPS_S3_BUCKET='${server.bucket}'`,
  ];
  if (accessKey !== undefined) {
    return [
      '# Start the Mattermost server with these variables. The secret key cannot be shown again.',
      `export MM_APPS_AWS_ACCESS_KEY='${accessKey.id}'`,
      `export MM_APPS_AWS_SECRET_KEY='${accessKey.secret}'`,
      ...known,
    ];
  }
  return [
    `# Start the Mattermost server with these variables. ${describeKeys(server.userName, existingAccessKeyIds)}`,
    `# export MM_APPS_AWS_ACCESS_KEY='…'`,
    `# export MM_APPS_AWS_SECRET_KEY='…'`,
    ...known,
  ];
}

function describeKeys(user: string, ids: readonly string[] | undefined): string {
  if (ids === undefined) return `The access keys of user ${user} cannot be listed.`;
  if (ids.length === 0) return `User ${user} has no access key; --create-access-key creates one.`;
  if (ids.length === 1) return `User ${user} has access key ${ids[0]}; --create-access-key creates another.`;
  return `User ${user} has ${ids.length} access keys (${ids.join(', ')}), the most AWS allows; delete one to create another.`;
}
