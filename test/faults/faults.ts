import type { AnyFault, Seen } from './lab.js';

/** What a request meets, once. */
export const FAULTS = [
  'error 500',
  'error 503',
  'throttling',
  'reset before it acted',
  'reset after it acted',
  'black hole',
  'access denied',
  'expired token',
  'malformed answer',
  'SIGINT',
  'death before it acted',
  'death after it acted',
  'old read',
  '404 after create',
  'another deployment meanwhile',
] as const;
export type FaultName = (typeof FAULTS)[number];

const TRANSIENT: ReadonlySet<FaultName> = new Set([
  'error 500',
  'error 503',
  'throttling',
  'reset before it acted',
  'reset after it acted',
  'black hole',
  'old read',
  '404 after create',
  'another deployment meanwhile',
]);

/** Whether a request, if it is answered, leaves everything as it was. */
export function isReading({ service, operation }: Seen): boolean {
  return service === 'mattermost'
    ? /^GET |\/ping$/.test(operation)
    : /^(Get|Head|List|Invoke)/.test(operation);
}

/** The fault in the form of the service; undefined for those that are not an answer. */
export function answerOf(
  fault: FaultName,
  { service }: Seen,
  garble: (body: string) => string,
): AnyFault | undefined {
  switch (fault) {
    case 'reset before it acted':
      return { kind: 'resetBefore' };
    case 'reset after it acted':
      return { kind: 'resetAfter' };
    case 'black hole':
      return { kind: 'blackHole' };
    case 'malformed answer':
      return { kind: 'malformed', garble };
    case 'old read':
      return { kind: 'old' };
    case 'error 500':
    case 'error 503':
    case 'throttling':
    case 'access denied':
    case 'expired token':
    case '404 after create': {
      const [status, code] = ERRORS[fault][service];
      return { kind: 'error', status, code, message: MESSAGES[fault] };
    }
    default:
      return undefined;
  }
}

type Answers = Readonly<Record<Seen['service'], readonly [status: number, code: string]>>;

/** As the services say it; Mattermost and its plugin say it with the status alone. */
const ERRORS: Readonly<Record<keyof typeof MESSAGES, Answers>> = {
  'error 500': {
    iam: [500, 'ServiceFailure'],
    sts: [500, 'InternalFailure'],
    lambda: [500, 'ServiceException'],
    s3: [500, 'InternalError'],
    mattermost: [500, ''],
  },
  'error 503': {
    iam: [503, 'ServiceUnavailable'],
    sts: [503, 'ServiceUnavailable'],
    lambda: [503, 'ServiceUnavailableException'],
    s3: [503, 'ServiceUnavailable'],
    mattermost: [503, ''],
  },
  throttling: {
    iam: [400, 'Throttling'],
    sts: [400, 'Throttling'],
    lambda: [429, 'TooManyRequestsException'],
    s3: [503, 'SlowDown'],
    mattermost: [429, ''],
  },
  'access denied': {
    iam: [403, 'AccessDenied'],
    sts: [403, 'AccessDenied'],
    lambda: [403, 'AccessDeniedException'],
    s3: [403, 'AccessDenied'],
    mattermost: [403, ''],
  },
  'expired token': {
    iam: [403, 'ExpiredToken'],
    sts: [403, 'ExpiredToken'],
    lambda: [403, 'ExpiredTokenException'],
    s3: [400, 'ExpiredToken'],
    mattermost: [401, ''],
  },
  '404 after create': {
    iam: [404, 'NoSuchEntity'],
    sts: [404, ''],
    lambda: [404, 'ResourceNotFoundException'],
    s3: [404, 'NoSuchBucket'],
    mattermost: [404, ''],
  },
};

const MESSAGES = {
  'error 500': 'We encountered an internal error. Please try again.',
  'error 503': 'Service is unable to handle request.',
  throttling: 'Rate exceeded',
  'access denied': 'User is not authorized to perform this operation',
  'expired token': 'The security token included in the request is expired',
  '404 after create': 'There is no such thing',
};

/**
 * The requests whose refusal a run gets over: what they are for can be done without, or done in another way.
 *
 * @see docs/permissions.md
 */
const OPTIONAL =
  /^(GetPublicAccessBlock|(Get|Put)BucketLifecycleConfiguration|GetBucketEncryption|GetAccountSummary|ListAttachedGroupPolicies|ListFunctions|ListPolicies|ListMultipartUploads)$/;

/**
 * The exit codes with which a run may end whose one request met a fault. Rules, not records:
 * - what passes by itself is overcome by trying again; appsctl does that with AWS, and leaves Mattermost, whose POSTs
 *   install apps, to the user, who runs the same command again;
 * - a refusal ends the run;
 * - what Mattermost has must be known: an app that counts as missing because the server fails to answer would be
 *   installed again, which gives it a new webhook secret, calls its on_install and enables it; nothing has been changed
 *   when this is asked, so the run ends;
 * - an answer of AWS that cannot be read is either not needed or ends the run; one of Mattermost ends it.
 *
 * @param scenario the name of the scenario
 */
export function exitCodes(fault: FaultName, seen: Seen, scenario: string): readonly number[] {
  if (fault === 'SIGINT') return [0, 130];
  if (fault === 'another deployment meanwhile') return [0];
  if (seen.service === 'mattermost') return [1];
  if (fault === 'malformed answer') return [0, 1];
  if (TRANSIENT.has(fault)) return [0];
  // A new policy and a new key take a moment, and what they do not allow yet is tried again.
  if (scenario.startsWith('test ')) return [0];
  // Whether a bucket without TLS shuts us out is asked of stand-ins for AWS alone.
  if (seen.operation === 'HeadObject') return [0];
  if (fault === 'access denied' && OPTIONAL.test(seen.operation)) return [0];
  // What is asked at the same time as whether there is such a policy does not matter when there is none.
  if (scenario === 'init' && /^List(EntitiesForPolicy|PolicyVersions)$/.test(seen.operation)) return [0];
  return [1];
}

/** What the message of a failure must say: the operation and what it is about. */
export function messageFor(fault: FaultName, { service, operation, resource }: Seen): RegExp {
  if (service === 'mattermost') {
    const [, doing] = MATTERMOST.find(([path]) => path.test(operation)) ?? [];
    return new RegExp(`^error: cannot ${doing}`);
  }
  if (operation === 'GetCallerIdentity') return /^error: cannot look up the account of MM_APPS_/;
  // S3 says no more.
  if (operation === 'HeadBucket' && fault === 'access denied') return /^error: bucket \S+ exists, but /;
  const thing =
    resource === '*'
      ? 'polic|function'
      : // An upload has a key of its own in each run.
        /\/functions\//.test(resource)
        ? 'functions/'
        : (/(?:\/|:function:|:::)([^/]+)$/.exec(resource)?.[1] ?? '');
  // The answer to these is the content itself, which is read and found to be wrong.
  const isContent = fault === 'malformed answer' && /^(Invoke|GetObject)$/.test(operation);
  return new RegExp(`^error: ${isContent ? '' : 'cannot \\w+ '}.*(${thing.replaceAll('.', '\\.')})`);
}

const MATTERMOST: readonly (readonly [RegExp, string])[] = [
  [/users\/me$/, 'check the admin token'],
  [/\/ping$/, 'check the Apps plugin'],
  [/marketplace$/, 'look up app'],
  [/apps\/[^/]+$/, 'look up the installed app'],
  [/update-app-listing$/, 'list app'],
  [/install-app$/, 'install app'],
];
