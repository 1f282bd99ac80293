import { accountOf, basicExecutionPolicyArn } from '../core/arn.js';
import { throwIfInterrupted } from '../core/clock.js';
import { AppsctlError } from '../core/errors.js';
import type { EventListener, Outcome, ResourceKind } from '../core/events.js';
import type { Policy } from '../core/invoke-policies.js';
import { allSettled } from '../core/parallel.js';
import { initialInvokePolicy, LAMBDA_TRUST_POLICY } from '../core/policy.js';
import type { AccessManagement, Bucket, Group, NewAccessKey, Role, User } from '../core/ports.js';

/** What `init` prepares, and what it may create for that. */
export interface InitSettings {
  readonly userName: string;
  readonly groupName: string;
  readonly policyName: string;
  readonly executeRoleName: string;
  /** Whether what does not exist is created; without it that is an error. */
  readonly create: boolean;
  readonly createAccessKey: boolean;
}

/** What `init` talks to. */
export interface InitPorts {
  readonly access: AccessManagement;
  readonly bucket: Bucket;
  /** Stops before the next change. */
  readonly signal: AbortSignal | undefined;
}

/** What an account is prepared with. */
export interface InitResult {
  readonly userArn: string;
  readonly groupArn: string;
  readonly policyArn: string;
  readonly executeRoleArn: string;
  /** The new access key, when one was asked for; its secret is not to be had again. */
  readonly accessKey: NewAccessKey | undefined;
  /** The keys that the user had before. */
  readonly existingAccessKeyIds: readonly string[];
}

/** AWS gives a user this many access keys. */
const MAX_ACCESS_KEYS = 2;

/**
 * Prepares an AWS account for Mattermost Apps: a bucket, a user that may only invoke functions and read the
 * bucket (through a group and its policy), and the role that functions run in. Looks at everything first and
 * changes nothing when something is amiss. A new access key comes last, so that it cannot be lost to a failure.
 *
 * @param onEvent is told of each thing, and whether it was found or created
 * @throws AppsctlError NOT_FOUND naming all that is missing, when nothing may be created; LIMIT when the user
 *   has no room for another key; the errors of the ports
 */
export async function init(
  settings: InitSettings,
  ports: InitPorts,
  onEvent: EventListener,
): Promise<InitResult> {
  const observed = await observe(settings, ports);
  check(settings, ports, observed);
  const { access, bucket, signal } = ports;
  const { userName, groupName, policyName, executeRoleName } = settings;
  const tell = (kind: ResourceKind, name: string, outcome: Outcome, detail?: string): void =>
    onEvent({ type: 'resource', kind, name, outcome, ...(detail !== undefined && { detail }) });
  const ensure = async <T>(
    kind: ResourceKind,
    name: string,
    found: T | undefined,
    create: () => Promise<T>,
  ): Promise<T> => {
    if (found === undefined) throwIfInterrupted(signal);
    const thing = found ?? (await create());
    tell(kind, name, found === undefined ? 'created' : 'found');
    return thing;
  };

  const user = await ensure('user', userName, observed.user, () => access.createUser(userName));
  const account = accountOf(user.arn);
  await ensure('bucket', bucket.name, observed.bucketExists || undefined, async () => {
    await bucket.create(account.partition);
    return true;
  });
  // An earlier run may have been cut short. A bucket that is in use keeps the settings that its owner gave it.
  if (observed.bucketUnfinished) {
    throwIfInterrupted(signal);
    await bucket.protect(account.partition);
    tell('bucket', bucket.name, 'updated', 'is private');
  }
  const group = await ensure('group', groupName, observed.group, () => access.createGroup(groupName));
  const policy = await ensure('invoke policy', policyName, observed.policy, () =>
    access.createPolicy(policyName, initialInvokePolicy(bucket.name, account.partition)),
  );
  if (!group.policyArns.includes(policy.arn)) {
    throwIfInterrupted(signal);
    await access.attachGroupPolicy(groupName, policy.arn);
    tell('group', groupName, 'updated', `has policy ${policyName}`);
  }
  if (!group.userNames.includes(userName)) {
    throwIfInterrupted(signal);
    await access.addUserToGroup(userName, groupName);
    tell('group', groupName, 'updated', `has user ${userName}`);
  }
  const role = await ensure('execute role', executeRoleName, observed.role, () =>
    access.createRole(executeRoleName, LAMBDA_TRUST_POLICY),
  );
  const logging = basicExecutionPolicyArn(account);
  if (!observed.rolePolicies.includes(logging)) {
    throwIfInterrupted(signal);
    await access.attachRolePolicy(executeRoleName, logging);
    tell('execute role', executeRoleName, 'updated', 'may write logs');
  }
  if (settings.createAccessKey) throwIfInterrupted(signal);
  const accessKey = settings.createAccessKey ? await access.createAccessKey(userName) : undefined;
  if (accessKey !== undefined) tell('access key', accessKey.id, 'created');
  return {
    userArn: user.arn,
    groupArn: group.arn,
    policyArn: policy.arn,
    executeRoleArn: role.arn,
    accessKey,
    existingAccessKeyIds: user.accessKeyIds,
  };
}

interface Observed {
  readonly bucketExists: boolean;
  readonly bucketUnfinished: boolean;
  readonly user: User | undefined;
  readonly group: Group | undefined;
  readonly policy: Policy | undefined;
  readonly role: Role | undefined;
  readonly rolePolicies: readonly string[];
}

async function observe(settings: InitSettings, { access, bucket }: InitPorts): Promise<Observed> {
  const [[bucketExists, bucketUnfinished], user, group, policies, role] = await allSettled(
    bucket
      .exists()
      .then(async (exists) => [exists, exists && settings.create && (await bucket.isUnfinished())] as const),
    access.findUser(settings.userName),
    access.findGroup(settings.groupName),
    access.findPolicies(settings.policyName),
    access.findRole(settings.executeRoleName),
  );
  const rolePolicies = role === undefined ? [] : await access.rolePolicies(settings.executeRoleName);
  const policy = policies.find(({ name }) => name === settings.policyName);
  return { bucketExists, bucketUnfinished, user, group, policy, role, rolePolicies };
}

function check(settings: InitSettings, { bucket }: InitPorts, observed: Observed): void {
  const keys = observed.user?.accessKeyIds ?? [];
  if (settings.createAccessKey && keys.length >= MAX_ACCESS_KEYS) {
    throw new AppsctlError(
      'LIMIT',
      `user ${settings.userName} already has ${keys.length} access keys, as many as AWS allows`,
      {
        hint: `delete one of ${keys.join(', ')} in the IAM console, or run without --create-access-key`,
      },
    );
  }
  if (settings.create) return;
  const missing = [
    !observed.bucketExists && `bucket ${bucket.name}`,
    observed.user === undefined && `user ${settings.userName}`,
    observed.group === undefined && `group ${settings.groupName}`,
    observed.policy === undefined && `policy ${settings.policyName}`,
    observed.role === undefined && `role ${settings.executeRoleName}`,
  ].filter((item) => item !== false);
  if (missing.length === 0) return;
  const verb = missing.length === 1 ? 'does not exist' : 'do not exist';
  throw new AppsctlError('NOT_FOUND', `${missing.join(', ')} ${verb}`, {
    hint: 'add --create to create what is missing',
  });
}
