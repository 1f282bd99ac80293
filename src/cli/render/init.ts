import { environmentLine } from '../../core/init/environment-text.js';
import { SERVER_VARIABLES, serverVariables } from '../../core/init/server-variables.js';
import type { InitFormat, InitOutput } from './command-result.js';
import { jsonLines } from './json.js';

interface Server {
  readonly bucket: string;
  readonly userName: string;
}

/** The name of the Secret for Kubernetes. */
const K8S_SECRET = 'mattermost-apps-aws';

/**
 * The lines that set the server's four variables. Those without a value are comments, so that the lines can be evaluated.
 */
export function renderInit(output: InitOutput, server: Server, format: InitFormat): string[] {
  const { accessKey, existingAccessKeyIds = null } = output;
  const newKey = accessKey?.secret === undefined ? undefined : { id: accessKey.id, secret: accessKey.secret };
  const variables = serverVariables({ region: output.region, bucket: server.bucket }, newKey);
  const comment = `# ${describeUse(output, server)}`;
  const unknown = newKey === undefined ? [SERVER_VARIABLES.accessKey, SERVER_VARIABLES.secretKey] : [];
  const lines = (toLine: (name: string, value: string) => string): string[] =>
    Object.entries(variables).map(([name, value]) => toLine(name, value));
  switch (format) {
    case 'shell':
      return [comment, ...unknown.map((name) => `# export ${name}='…'`), ...lines(shellLine)];
    case 'dotenv':
      return [comment, ...unknown.map((name) => `# ${name}=…`), ...lines(environmentLine)];
    case 'k8s-secret':
      return [
        comment,
        ...['apiVersion: v1', 'kind: Secret', 'metadata:', `  name: ${K8S_SECRET}`, 'type: Opaque'],
        'stringData:',
        // A string of JSON is one of YAML, too.
        ...lines((name, value) => `  ${name}: ${JSON.stringify(value)}`),
      ];
    case 'json': {
      const { userArn, groupArn, policyArn, executionRoleArn } = output;
      const arns = { userArn, groupArn, policyArn, executionRoleArn };
      return jsonLines({ ...arns, existingAccessKeyIds, accessKey: accessKey ?? null, variables });
    }
  }
}

function shellLine(name: string, value: string): string {
  return `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`;
}

function describeUse(
  { accessKey, existingAccessKeyIds, deletedAccessKeyIds = [] }: InitOutput,
  { userName }: Server,
): string {
  const use = 'Start the Mattermost server with these variables.';
  if (accessKey !== undefined) return `${use} The secret key cannot be shown again.`;
  const left = existingAccessKeyIds?.filter((id) => !deletedAccessKeyIds.includes(id));
  return `${use} ${describeKeys(userName, left)}`;
}

function describeKeys(user: string, ids: readonly string[] | undefined): string {
  if (ids === undefined) return `The access keys of user ${user} cannot be listed.`;
  if (ids.length === 0) return `User ${user} has no access key; --create-access-key creates one.`;
  if (ids.length === 1) return `User ${user} has access key ${ids[0]}; --create-access-key creates another.`;
  return `User ${user} has ${ids.length} access keys (${ids.join(', ')}), the most AWS allows; delete one to create another.`;
}
