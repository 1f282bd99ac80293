import type { Fault } from '../stand-ins/aws/index.js';
import { AWS, AWS_ACTION, cannot } from '../support/messages/aws.js';
import { MATTERMOST_ACTION } from '../support/messages/mattermost.js';
import { ANY, containing } from '../support/messages/output.js';
import { isRead, type SentRequest } from '../support/requests.js';

/** What happens to one request of a run. */
export const FAULTS = [
  'error 500',
  'error 503',
  'throttling',
  'reset before processing',
  'reset after processing',
  'no response',
  'access denied',
  'expired token',
  'malformed response',
  'SIGINT',
  'killed before processing',
  'killed after processing',
  'stale read',
  '404 after create',
  'deployment of another app',
] as const;
export type FaultName = (typeof FAULTS)[number];

/** Faults that appsctl overcomes by itself, by trying again. */
const TRANSIENT: ReadonlySet<FaultName> = new Set([
  'error 500',
  'error 503',
  'throttling',
  'reset before processing',
  'reset after processing',
  'no response',
  'stale read',
  '404 after create',
  'deployment of another app',
]);

/** Whether a request changes something. Invoking the functions of the scenarios does not. */
export function isChange(request: SentRequest): boolean {
  return !isRead(request) && request.operation !== 'Invoke';
}

/** The fault as the stand-in of the service injects it; undefined for faults that are not a response. */
export function toServiceFault(
  fault: FaultName,
  { service }: SentRequest,
  garble: (body: string) => string,
): Fault | undefined {
  switch (fault) {
    case 'reset before processing':
      return { kind: 'resetBefore' };
    case 'reset after processing':
      return { kind: 'resetAfter' };
    case 'no response':
      return { kind: 'blackHole' };
    case 'malformed response':
      return { kind: 'malformed', garble };
    case 'stale read':
      return { kind: 'old' };
    case 'error 500':
    case 'error 503':
    case 'throttling':
    case 'access denied':
    case 'expired token':
    case '404 after create': {
      const { message, [service]: response } = ERRORS[fault];
      const [status, code] = response;
      return { kind: 'error', status, code, message };
    }
    default:
      return undefined;
  }
}

type ErrorName = Extract<
  FaultName,
  'error 500' | 'error 503' | 'throttling' | 'access denied' | 'expired token' | '404 after create'
>;
type ErrorResponses = { readonly message: string } & {
  readonly [Service in SentRequest['service']]: readonly [status: number, code: string];
};

/** The error responses of the services. Mattermost and its plugin respond with the status alone. */
const ERRORS: Readonly<Record<ErrorName, ErrorResponses>> = {
  'error 500': {
    message: 'We encountered an internal error. Please try again.',
    iam: [500, 'ServiceFailure'],
    sts: [500, 'InternalFailure'],
    lambda: [500, 'ServiceException'],
    logs: [500, 'ServiceUnavailableException'],
    s3: [500, 'InternalError'],
    secretsmanager: [500, 'InternalServiceError'],
    mattermost: [500, ''],
  },
  'error 503': {
    message: 'Service is unable to handle request.',
    iam: [503, 'ServiceUnavailable'],
    sts: [503, 'ServiceUnavailable'],
    lambda: [503, 'ServiceUnavailableException'],
    logs: [503, 'ServiceUnavailableException'],
    s3: [503, 'ServiceUnavailable'],
    secretsmanager: [503, 'ServiceUnavailableException'],
    mattermost: [503, ''],
  },
  throttling: {
    message: 'Rate exceeded',
    iam: [400, 'Throttling'],
    sts: [400, 'Throttling'],
    lambda: [429, 'TooManyRequestsException'],
    logs: [400, 'ThrottlingException'],
    s3: [503, 'SlowDown'],
    secretsmanager: [400, 'ThrottlingException'],
    mattermost: [429, ''],
  },
  'access denied': {
    message: 'User is not authorized to perform this operation',
    iam: [403, 'AccessDenied'],
    sts: [403, 'AccessDenied'],
    lambda: [403, 'AccessDeniedException'],
    logs: [400, 'AccessDeniedException'],
    s3: [403, 'AccessDenied'],
    secretsmanager: [400, 'AccessDeniedException'],
    mattermost: [403, ''],
  },
  'expired token': {
    message: 'The security token included in the request is expired',
    iam: [403, 'ExpiredToken'],
    sts: [403, 'ExpiredToken'],
    lambda: [403, 'ExpiredTokenException'],
    logs: [400, 'ExpiredTokenException'],
    s3: [400, 'ExpiredToken'],
    secretsmanager: [400, 'ExpiredTokenException'],
    mattermost: [401, ''],
  },
  '404 after create': {
    message: 'There is no such thing',
    iam: [404, 'NoSuchEntity'],
    sts: [404, ''],
    lambda: [404, 'ResourceNotFoundException'],
    logs: [400, 'ResourceNotFoundException'],
    s3: [404, 'NoSuchBucket'],
    secretsmanager: [400, 'ResourceNotFoundException'],
    mattermost: [404, ''],
  },
};

/**
 * The operations that a run does not depend on: when they are denied, it does without their result or gets it in another
 * way.
 *
 * @see docs/permissions.md
 */
const OPTIONAL =
  /^(GetPublicAccessBlock|(Get|Put)BucketLifecycleConfiguration|GetBucketEncryption|GetAccountSummary|ListAttachedGroupPolicies|ListFunctions|ListPolicies|ListMultipartUploads|ListObjectVersions)$/;

/**
 * The exit codes with which a run with a fault may end. These are rules, not recorded results:
 * - a transient fault of AWS is overcome by a retry. Requests to Mattermost, whose POSTs install apps, are not repeated:
 *   the user runs the same command again;
 * - a denied request ends the run;
 * - the state of Mattermost must be known. An app that counts as missing because the server failed to respond would be
 *   installed again, which creates a new webhook secret, calls its on_install and enables it. It is read before anything
 *   is changed, so a failure ends the run;
 * - a response of AWS that cannot be parsed is either not needed or ends the run; one of Mattermost ends it.
 *
 * @param scenario the name of the scenario
 */
export function expectedExitCodes(
  fault: FaultName,
  request: SentRequest,
  scenario: string,
): readonly number[] {
  if (fault === 'SIGINT') return [0, 130];
  if (fault === 'deployment of another app') return [0];
  // The response to an uninstallation is empty, and not read.
  if (fault === 'malformed response' && /\/uninstall-app$/.test(request.operation)) return [0, 1];
  if (request.service === 'mattermost') return [1];
  if (fault === 'malformed response') return [0, 1];
  if (TRANSIENT.has(fault)) return [0];
  // A new policy and a new key take some time to propagate, so a denied request is repeated.
  if (scenario.startsWith('test ')) return [0];
  // Only with a custom endpoint is it checked whether the bucket policy, which demands TLS, locks out its owner.
  if (request.operation === 'HeadObject') return [0];
  // What it may not list, AWS names when the user, group, role or policy is deleted. With --force, a role may be in use.
  if (scenario === 'clean' && fault === 'access denied' && /^List|^GetLoginProfile$/.test(request.operation))
    return request.service === 's3' ? [1] : [0];
  // Read twice: once to find it, once for its members; a policy once for what it allows, which only leads to a warning.
  if (scenario === 'clean' && fault === 'access denied' && /^Get(Group|Policy)$/.test(request.operation))
    return [0, 1];
  if (scenario === 'clean' && fault === 'access denied' && request.operation === 'GetPolicyVersion')
    return [0];
  if (fault === 'access denied' && OPTIONAL.test(request.operation)) return [0];
  // These are sent concurrently with the request that finds that there is no such policy.
  if (scenario === 'init' && /^List(EntitiesForPolicy|PolicyVersions)$/.test(request.operation)) return [0];
  return [1];
}

/** The message of a failure must name the operation and the resource. */
export function expectedMessage(fault: FaultName, { service, operation, resource }: SentRequest): RegExp {
  if (service === 'mattermost') {
    const [, action] = MATTERMOST.find(([path]) => path.test(operation)) ?? [];
    return containing(`error: ${cannot(action ?? '', '')}`);
  }
  if (operation === 'GetCallerIdentity')
    return containing(`error: ${cannot(AWS_ACTION.lookUpAccount(`MM_APPS_${ANY}`), '')}`);
  // The response to HEAD has no body, so S3 gives no reason.
  if (operation === 'HeadBucket' && fault === 'access denied')
    return containing(`error: ${AWS.bucketNotOwned(ANY)}`);
  // The body of these responses is the content itself, which is read and found to be invalid.
  const isContent = fault === 'malformed response' && /^(Invoke|GetObject)$/.test(operation);
  const name = nameInMessage(resource).replaceAll('.', '\\.');
  return new RegExp(`^error: ${isContent ? '' : 'cannot \\w+ '}.*(${name})`);
}

function nameInMessage(resource: string): string {
  if (resource === '*') return 'polic|function';
  // The key of an upload is different in each run.
  if (resource.includes('/functions/')) return 'functions/';
  return /(?:\/|:function:|:::)([^/]+)$/.exec(resource)?.[1] ?? '';
}

const MATTERMOST: readonly (readonly [RegExp, string])[] = [
  [/users\/me$/, MATTERMOST_ACTION.checkToken],
  [/\/ping$/, MATTERMOST_ACTION.checkPlugin],
  [/marketplace$/, MATTERMOST_ACTION.findListing(ANY)],
  [/apps\/[^/]+$/, MATTERMOST_ACTION.findInstallation(ANY)],
  [/update-app-listing$/, MATTERMOST_ACTION.list(ANY)],
  [/uninstall-app$/, MATTERMOST_ACTION.uninstall(ANY)],
  [/install-app$/, MATTERMOST_ACTION.install(ANY)],
];
