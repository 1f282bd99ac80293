import { randomUUID } from 'node:crypto';
import { type Account, IAM_TABLES } from './account.js';
import { IAM_NAMESPACE, notImplemented } from './errors.js';
import type { Answer, Caller, IncomingCall, Operation } from './exchange.js';
import { attachmentOperations } from './iam-attachments.js';
import { groupOperations } from './iam-groups.js';
import { newPolicy, policyOperations } from './iam-policies.js';
import { policyVersionOperations } from './iam-policy-versions.js';
import { type IamFields, type IamOperation, IamRequest } from './iam-request.js';
import { roleOperations } from './iam-roles.js';
import { userOperations } from './iam-users.js';
import { writeFields } from './xml.js';

const OPERATIONS: ReadonlyMap<string, IamOperation> = new Map(
  Object.entries({
    ...userOperations,
    ...groupOperations,
    ...policyOperations,
    ...policyVersionOperations,
    ...attachmentOperations,
    ...roleOperations,
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
    needs: [{ action: `iam:${name}`, resource }],
    act: (caller) =>
      answer(name, reads ? operation.act(request, caller) : change(operation, request, caller)),
  };
}

/** Lets an operation change something, and keeps what was there before. */
function change(operation: IamOperation, request: IamRequest, caller: Caller): IamFields | undefined {
  const before = request.account.snapshot(...IAM_TABLES);
  request.keepIn(before);
  const fields = operation.act(request, caller);
  request.account.remember(before);
  return fields;
}

function answer(operation: string, fields: IamFields | undefined): Answer {
  const requestId = randomUUID();
  const result =
    fields === undefined ? '' : `<${operation}Result>${writeFields(fields, 'member')}</${operation}Result>`;
  return {
    status: 200,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: `<${operation}Response xmlns="${IAM_NAMESPACE}">${result}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation}Response>`,
  };
}

/** The one policy of AWS's own that exists here. */
export function addAwsManagedPolicies(account: Account): void {
  const arn = `arn:${account.partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole`;
  const document = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: '*',
      },
    ],
  });
  account.policies.set(arn, { ...newPolicy(arn, document, account.now()), awsManaged: true });
}
