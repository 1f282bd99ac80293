import { AppsctlError } from '../../core/diagnostics/error.js';
import type { InitPlan } from '../../core/init/plan.js';
import type { InitSettings } from '../../core/init/settings.js';
import type { InitState } from '../../core/init/state.js';
import {
  MAX_POLICY_CHARACTERS,
  matchesStatement,
  policySize,
  toStatements,
} from '../../core/policy/policy-document.js';
import { evaluateGrant } from '../../core/policy/policy-grants.js';
import { DECRYPT_GRANT, LAMBDA_TRUST_POLICY } from '../../core/policy/policy-templates.js';
import type { Role } from '../../core/policy/role.js';
import type { InitPorts } from './ports.js';

/**
 * Checks the account before anything is changed, and reports warnings.
 *
 * @throws AppsctlError NOT_FOUND naming all missing resources or CONFLICT naming all misconfigurations, unless `create`
 *   is set; CONFLICT for an execution role that Lambda cannot assume; LIMIT when the policy is full
 */
export function checkInit(
  settings: InitSettings,
  state: InitState,
  plan: InitPlan,
  { onEvent, vocabulary }: InitPorts,
): void {
  checkTrustPolicy(settings, state);
  checkDecryption(state, plan, { onEvent });
  checkEncryption(settings, state, { onEvent });
  checkPolicySize(state, plan);
  if (settings.create) return;
  if (plan.bucket !== 'create' && plan.cleanupRules === 'create') {
    const message = `bucket ${state.bucket.name} has no lifecycle rules that remove abandoned uploads (${vocabulary.create} adds them)`;
    onEvent({ type: 'warning', message });
  }
  const missing = missingResources(settings, state, plan);
  if (missing.length > 0) {
    const verb = missing.length === 1 ? 'does not exist' : 'do not exist';
    throw new AppsctlError('NOT_FOUND', `${missing.join(', ')} ${verb}`, {
      hint: ({ create }) => `add ${create} to create what is missing`,
    });
  }
  const problems = misconfigurations(settings, state, plan);
  if (problems.length > 0) {
    throw new AppsctlError('CONFLICT', problems.join('; '), {
      hint: ({ create }) => `add ${create} to fix this`,
    });
  }
}

function checkTrustPolicy({ executionRoleName }: InitSettings, { role }: InitState): void {
  if (role === undefined || isAssumableByLambda(role)) return;
  throw new AppsctlError('CONFLICT', `role ${executionRoleName} cannot be assumed by AWS Lambda`, {
    hint: ({ executionRole }) =>
      `specify another role with ${executionRole}, or set the trust policy to ${JSON.stringify(LAMBDA_TRUST_POLICY)}`,
  });
}

function checkDecryption(
  { policy, bucket }: InitState,
  { policyDocument }: InitPlan,
  { onEvent }: Pick<InitPorts, 'onEvent'>,
): void {
  const { encryptionKey } = bucket;
  if (policy === undefined || encryptionKey === undefined) return;
  if (evaluateGrant([policyDocument], DECRYPT_GRANT, encryptionKey) === 'allowed') return;
  const message = `bucket ${bucket.name} is encrypted with ${encryptionKey}: the server can read it only if policy ${policy.name} allows kms:Decrypt on that key`;
  onEvent({ type: 'warning', message });
}

/** The settings of a bucket that is in use are its owner's choice. */
function checkEncryption(
  { kmsKey }: InitSettings,
  { bucket }: InitState,
  { onEvent }: Pick<InitPorts, 'onEvent'>,
): void {
  if (kmsKey === undefined || !bucket.exists || bucket.isPartiallyCreated) return;
  if (bucket.encryptionKey === kmsKey) return;
  const message = `bucket ${bucket.name} exists already: its encryption is not changed to ${kmsKey}`;
  onEvent({ type: 'warning', message });
}

function checkPolicySize({ policy, bucket }: InitState, plan: InitPlan): void {
  if (policy === undefined || plan.policy === 'unchanged') return;
  if (policySize(plan.policyDocument) <= MAX_POLICY_CHARACTERS) return;
  const message = `policy ${policy.name} would exceed ${MAX_POLICY_CHARACTERS} characters with bucket ${bucket.name}`;
  throw new AppsctlError('LIMIT', message, {
    hint: (vocabulary) =>
      `specify another policy with ${vocabulary.policy} for this bucket, for init and for every deployment`,
  });
}

function missingResources(settings: InitSettings, { bucket }: InitState, plan: InitPlan): string[] {
  return [
    plan.bucket === 'create' && `bucket ${bucket.name}`,
    plan.user === 'create' && `user ${settings.userName}`,
    plan.group === 'create' && `group ${settings.groupName}`,
    plan.policy === 'create' && `policy ${settings.policyName}`,
    plan.role === 'create' && `role ${settings.executionRoleName}`,
  ].filter((item) => item !== false);
}

function misconfigurations(settings: InitSettings, { bucket }: InitState, plan: InitPlan): string[] {
  const { userName, groupName, policyName, executionRoleName } = settings;
  return [
    plan.attachment === 'create' && `policy ${policyName} is not attached to group ${groupName}`,
    plan.membership === 'create' && `user ${userName} is not in group ${groupName}`,
    plan.policy === 'update' &&
      `policy ${policyName} does not allow the server to read bucket ${bucket.name}`,
    plan.logging === 'create' && `role ${executionRoleName} cannot write logs`,
  ].filter((item) => item !== false);
}

/** Conditions are not evaluated, because their author added them on purpose. */
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
