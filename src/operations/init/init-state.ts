import { settleAll } from '../../core/async/concurrency.js';
import { type Account, basicExecutionPolicyArn, policyArn } from '../../core/aws/arn.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { EventListener } from '../../core/diagnostics/event.js';
import type { Policy } from '../../core/policy/policy.js';
import {
  MAX_POLICY_CHARACTERS,
  matchesStatement,
  policySize,
  toStatements,
} from '../../core/policy/policy-document.js';
import { evaluateGrant, type Grant } from '../../core/policy/policy-grants.js';
import { LAMBDA_TRUST_POLICY, withBucket } from '../../core/policy/policy-templates.js';
import type { Role } from '../../core/policy/role.js';
import type { Group, User } from '../../core/ports/iam.js';
import type { BucketSetup } from '../../core/ports/s3.js';
import { unlessDenied } from '../unless-denied.js';
import type { InitPorts, InitSettings } from './ports.js';

/** AWS gives a user this many access keys. */
const MAX_ACCESS_KEYS = 2;
const DECRYPT_GRANT: Grant = { sid: 'AllowDecrypt', action: 'kms:Decrypt' };

/** What of an account's preparation is there. */
export interface InitState {
  readonly account: Account;
  readonly bucketExists: boolean;
  readonly bucketPartiallyCreated: boolean;
  /** True as well when nobody can tell. */
  readonly bucketHasCleanupRules: boolean;
  /** The ARN of the customer managed key that encrypts the bucket's objects. */
  readonly bucketKey: string | undefined;
  readonly user: User | undefined;
  readonly group: Group | undefined;
  readonly groupPolicies: readonly string[];
  readonly policy: Policy | undefined;
  readonly role: Role | undefined;
  readonly rolePolicies: readonly string[];
}

/** Reads everything that `init` may change. */
export async function readInitState(
  settings: InitSettings,
  { users, roles, policies }: InitPorts,
  bucket: BucketSetup,
  account: Account,
): Promise<InitState> {
  const { userName, groupName, policyName, executionRoleName, create } = settings;
  const arn = policyArn(account, policyName);
  const withPolicies = async <T>(kind: 'group' | 'role', name: string, found: Promise<T | undefined>) => {
    const thing = await found;
    return [thing, thing === undefined ? [] : await policies.attachedPolicies({ kind, name })] as const;
  };
  const [bucketState, user, [group, groupPolicies], policy, [role, rolePolicies]] = await settleAll(
    readBucket(bucket, create),
    users.findUser(userName),
    withPolicies('group', groupName, users.findGroup(groupName)),
    policies.findPolicy(arn, { forUpdate: create }),
    withPolicies('role', executionRoleName, roles.findRole(executionRoleName)),
  );
  const base = { account, ...bucketState, user, group, groupPolicies, role, rolePolicies };
  if (policy !== undefined) return { ...base, policy };
  // A policy whose path is not / is found by its name among those of the group, or else among all.
  const elsewhere =
    groupPolicies.find((candidate) => candidate.endsWith(`/${policyName}`)) ??
    (await unlessDenied(policies.locatePolicy(policyName)));
  if (elsewhere === undefined) return { ...base, policy };
  return { ...base, policy: await policies.findPolicy(elsewhere, { forUpdate: create }) };
}

async function readBucket(bucket: BucketSetup, create: boolean) {
  const bucketExists = await bucket.exists();
  if (!bucketExists) {
    return {
      bucketExists,
      bucketPartiallyCreated: false,
      bucketHasCleanupRules: false,
      bucketKey: undefined,
    };
  }
  const [bucketPartiallyCreated, hasRules, bucketKey] = await settleAll(
    create ? bucket.isPartiallyCreated() : Promise.resolve(false),
    bucket.hasCleanupRules(),
    bucket.encryptionKey(),
  );
  return { bucketExists, bucketPartiallyCreated, bucketHasCleanupRules: hasRules ?? true, bucketKey };
}

/**
 * Checks that what is there fits together.
 *
 * @throws AppsctlError NOT_FOUND or CONFLICT naming all that is missing or does not fit, unless it may be created;
 *   CONFLICT for a role that `init` does not change; LIMIT or ACCESS_DENIED for a key that cannot be created
 */
export function checkInit(
  settings: InitSettings,
  bucket: BucketSetup,
  state: InitState,
  onEvent: EventListener,
): void {
  checkAccessKey(settings, state);
  const { role, policy, bucketKey } = state;
  if (role !== undefined && !isAssumableByLambda(role)) {
    throw new AppsctlError(
      'CONFLICT',
      `role ${settings.executionRoleName} does not let AWS Lambda assume it`,
      {
        hint: `name another role with --execute-role, or give it the trust policy ${JSON.stringify(LAMBDA_TRUST_POLICY)}`,
      },
    );
  }
  if (bucketKey !== undefined && policy !== undefined) {
    if (evaluateGrant([policy.document], DECRYPT_GRANT, bucketKey) !== 'allowed') {
      const message = `bucket ${bucket.name} is encrypted with ${bucketKey}: the server can read it only if policy ${policy.name} allows kms:Decrypt on that key`;
      onEvent({ type: 'warning', message });
    }
  }
  checkRoom(bucket, state);
  if (settings.create) return;
  if (state.bucketExists && !state.bucketHasCleanupRules) {
    const message = `bucket ${bucket.name} keeps what killed deployments leave behind; --create adds rules that remove it`;
    onEvent({ type: 'warning', message });
  }
  const missing = missingThings(settings, bucket, state);
  if (missing.length > 0) {
    const verb = missing.length === 1 ? 'does not exist' : 'do not exist';
    throw new AppsctlError('NOT_FOUND', `${missing.join(', ')} ${verb}`, {
      hint: 'add --create to create what is missing',
    });
  }
  const misfits = misfittingThings(settings, bucket, state);
  if (misfits.length === 0) return;
  throw new AppsctlError('CONFLICT', misfits.join('; '), { hint: 'add --create to change that' });
}

/** @throws AppsctlError LIMIT when the policy has no room for the bucket */
function checkRoom(bucket: BucketSetup, { policy, account }: InitState): void {
  if (policy === undefined) return;
  const document = withBucket(policy.document, bucket.name, account.partition);
  if (document === policy.document || policySize(document) <= MAX_POLICY_CHARACTERS) return;
  const message = `policy ${policy.name} has no room to allow bucket ${bucket.name} too: it may have ${MAX_POLICY_CHARACTERS} characters`;
  throw new AppsctlError('LIMIT', message, {
    hint: 'name another policy with --policy for this bucket, in init and in each deployment',
  });
}

function checkAccessKey({ createAccessKey, userName }: InitSettings, { user }: InitState): void {
  if (!createAccessKey || user === undefined) return;
  const { accessKeyIds: keys } = user;
  if (keys === undefined) {
    throw new AppsctlError('ACCESS_DENIED', `the access keys of user ${userName} may not be listed`, {
      hint: 'to create one, iam:ListAccessKeys is needed: a user has no more than two',
    });
  }
  if (keys.length < MAX_ACCESS_KEYS) return;
  const message = `user ${userName} already has ${keys.length} access keys, as many as AWS allows`;
  throw new AppsctlError('LIMIT', message, {
    hint: `delete one of ${keys.join(', ')} in the IAM console, or run without --create-access-key`,
  });
}

function missingThings(settings: InitSettings, bucket: BucketSetup, state: InitState): string[] {
  return [
    !state.bucketExists && `bucket ${bucket.name}`,
    state.user === undefined && `user ${settings.userName}`,
    state.group === undefined && `group ${settings.groupName}`,
    state.policy === undefined && `policy ${settings.policyName}`,
    state.role === undefined && `role ${settings.executionRoleName}`,
  ].filter((item) => item !== false);
}

function misfittingThings(settings: InitSettings, bucket: BucketSetup, state: InitState): string[] {
  const { userName, groupName, policyName, executionRoleName } = settings;
  const { account, policy, group, groupPolicies, rolePolicies } = state;
  const isAllowed =
    policy !== undefined && withBucket(policy.document, bucket.name, account.partition) === policy.document;
  return [
    !groupPolicies.includes(policy?.arn ?? '') && `group ${groupName} does not have policy ${policyName}`,
    group?.userNames.includes(userName) !== true && `user ${userName} is not in group ${groupName}`,
    !isAllowed && `policy ${policyName} does not let the server read bucket ${bucket.name}`,
    !rolePolicies.includes(basicExecutionPolicyArn(account)) &&
      `role ${executionRoleName} may not write logs`,
  ].filter((item) => item !== false);
}

/** Conditions are not evaluated: somebody added them on purpose. */
function isAssumableByLambda({ trustPolicy }: Role): boolean {
  if (trustPolicy === undefined) return false;
  return toStatements(trustPolicy).some((statement) => {
    const { Effect, Principal } = statement as { Effect: string; Principal?: unknown };
    const services =
      typeof Principal === 'object' ? [(Principal as { Service?: string | string[] }).Service] : [];
    const isLambda = Principal === '*' || services.flat().includes('lambda.amazonaws.com');
    return (
      Effect === 'Allow' &&
      isLambda &&
      matchesStatement({ ...statement, Resource: '*' }, 'sts:AssumeRole', '*')
    );
  });
}
