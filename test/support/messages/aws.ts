/** Texts about failed requests to AWS, and of `test`. */

/** The message of a failed request, to AWS or to Mattermost. */
export function cannot(action: string, reason: string): string {
  return `cannot ${action}: ${reason}`;
}

/** What a request is for, to follow `cannot`. */
export const AWS_ACTION = {
  lookUpAccount: (variable: string) => `look up the account of ${variable}`,
  invoke: (lambdaName: string) => `invoke function ${lambdaName}`,
} as const;

/** Why a request failed. */
export const AWS = {
  noConnection: (code: string) => `cannot connect to AWS (${code})`,
  unknownKey: (id: string, error: string) => `AWS does not know access key ${id} (${error})`,
  wrongSecret: (id: string, error: string) => `the secret key does not belong to access key ${id} (${error})`,
  denied: (reason: string) => `access denied: ${reason}`,
  bucketMissing: (bucket: string, action: string) => `bucket ${bucket} does not exist: cannot ${action}`,
  bucketNotOwned: (bucket: string) =>
    `bucket ${bucket} exists, but belongs to another AWS account, or you are not allowed to list it`,
} as const;

/** Parameters are the names of options, variables and commands. */
export const AWS_HINT = {
  checkKey: (variable: string, region: string) =>
    `check ${variable}; the key may be deleted or inactive, a new key takes some seconds to work, and region ${region} must be enabled in the account`,
  checkSecret: (variable: string) => `check ${variable} and its secret key`,
  checkEndpoint: (endpoint: string) => `check ${endpoint}`,
  grant: (permission: string, variable: string) => `grant ${permission} to the AWS user of ${variable}`,
  checkBucket: (bucket: string, init: string) => `check ${bucket}, or create the bucket with ${init}`,
  deployExample: (command: string) => `deploy the example app first: ${command}`,
  functionLog: (command: string) => `read its log: ${command}`,
} as const;

/** A certificate that is not trusted, of AWS or of Mattermost. */
export const CERTIFICATE = {
  /** Follows the name of the server. */
  untrusted: (code: string) => `has a certificate that this machine does not trust (${code})`,
  /** The hint. */
  ownAuthority: 'NODE_EXTRA_CA_CERTS=ca.pem makes Node.js trust your own CA',
} as const;
