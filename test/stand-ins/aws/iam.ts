import { type Account, IAM_TABLES } from './account.js';
import { notImplemented } from './errors.js';
import type { Caller, IncomingCall, Operation } from './exchange.js';
import { accountOperations } from './iam-account.js';
import { attachmentOperations } from './iam-attachments.js';
import { boundaryOperations, iamContext } from './iam-boundaries.js';
import { credentialOperations } from './iam-credentials.js';
import { groupOperations } from './iam-groups.js';
import { instanceProfileOperations } from './iam-instance-profiles.js';
import { newPolicy, policyOperations } from './iam-policies.js';
import { policyVersionOperations } from './iam-policy-versions.js';
import { type IamFields, type IamOperation, IamRequest } from './iam-request.js';
import { roleOperations } from './iam-roles.js';
import { userOperations } from './iam-users.js';
import { queryAnswer } from './query-answer.js';

const OPERATIONS: ReadonlyMap<string, IamOperation> = new Map(
  Object.entries({
    ...userOperations,
    ...groupOperations,
    ...policyOperations,
    ...policyVersionOperations,
    ...attachmentOperations,
    ...roleOperations,
    ...accountOperations,
    ...boundaryOperations,
    ...credentialOperations,
    ...instanceProfileOperations,
  }),
);

/** Understands one request of the Query protocol. */
export function iamOperation(account: Account, call: IncomingCall): Operation {
  const parameters = new URLSearchParams(call.body.toString('utf8'));
  const name = parameters.get('Action') ?? '';
  const operation = OPERATIONS.get(name);
  if (operation === undefined || call.method !== 'POST') throw notImplemented(`the IAM operation ${name}`);
  const request = new IamRequest(account, parameters);
  const resource = operation.resource(request);
  const reads = /^(?:Get|List)/.test(name);
  return {
    service: 'iam',
    name,
    resource,
    reads,
    needs: [`iam:${name}`, ...taggingAction(request, name)].map((action) => ({
      ...{ action, resource, context: iamContext(request, name) },
    })),
    act: (caller) =>
      queryAnswer('iam', name, reads ? operation.act(request, caller) : change(operation, request, caller)),
  };
}

/** Creating something with tags needs the permission to tag it. */
function taggingAction(request: IamRequest, name: string): string[] {
  const [, kind] = /^Create(User|Role|Policy)$/.exec(name) ?? [];
  return kind !== undefined && request.tags().size > 0 ? [`iam:Tag${kind}`] : [];
}

/** Runs an operation that changes something, and stores the state before it. */
function change(operation: IamOperation, request: IamRequest, caller: Caller): IamFields | undefined {
  const before = request.account.snapshot(...IAM_TABLES);
  request.keepIn(before);
  const fields = operation.act(request, caller);
  request.account.remember(before);
  return fields;
}

/** The policies of AWS's own that exist here, with the actions that matter here. */
const AWS_MANAGED_POLICIES: Readonly<Record<string, readonly string[]>> = {
  'service-role/AWSLambdaBasicExecutionRole': [
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
  ],
  'service-role/AWSLambdaVPCAccessExecutionRole': [
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ],
  AWSXRayDaemonWriteAccess: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
};

export function addAwsManagedPolicies(account: Account): void {
  for (const [name, Action] of Object.entries(AWS_MANAGED_POLICIES)) {
    const arn = `arn:${account.partition}:iam::aws:policy/${name}`;
    const document = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
    });
    account.policies.set(arn, { ...newPolicy(arn, document, account.now()), awsManaged: true });
  }
}
