import type { Account } from './account.js';
import { copyOf } from './copy.js';
import { AwsError, jsonAnswer, notImplemented } from './errors.js';
import { type Answer, header, type IncomingCall, type Operation } from './exchange.js';
import { asBody, type LambdaBody, readBody } from './lambda-settings.js';
import { createLogStream, filterLogEvents, putLogEvents } from './log-events.js';
import { addLogGroup, type LogGroup } from './log-model.js';
import { pageOf } from './paging.js';

/** Of the request header that names the operation. */
const TARGET = /^Logs_20140328\.(\w+)$/;
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
const PAGE = 50;

interface LogsOperation {
  reads: boolean;
  /** The field that names the log group. */
  subject: string;
  /** Whether it is about all log groups. */
  isAboutAll?: boolean;
  act(account: Account, name: string, body: LambdaBody): unknown;
}

const OPERATIONS: Readonly<Record<string, LogsOperation>> = {
  DescribeLogGroups: {
    reads: true,
    subject: 'logGroupNamePrefix',
    isAboutAll: true,
    act: describeLogGroups,
  },
  CreateLogGroup: { reads: false, subject: 'logGroupName', act: createLogGroup },
  DeleteLogGroup: { reads: false, subject: 'logGroupName', act: deleteLogGroup },
  PutRetentionPolicy: { reads: false, subject: 'logGroupName', act: putRetentionPolicy },
  CreateLogStream: {
    reads: false,
    subject: 'logGroupName',
    act: (account, name, body) => createLogStream(existingGroup(account, name), body),
  },
  PutLogEvents: {
    reads: false,
    subject: 'logGroupName',
    act: (account, name, body) => putLogEvents(account, existingGroup(account, name), body),
  },
  FilterLogEvents: {
    reads: true,
    subject: 'logGroupName',
    act: (account, name, body) => filterLogEvents(account, existingGroup(account, name), body),
  },
};

/** Understands one request of the JSON 1.1 protocol. */
export function logsOperation(account: Account, call: IncomingCall): Operation {
  const [, name = ''] = TARGET.exec(header(call, 'x-amz-target') ?? '') ?? [];
  const operation = OPERATIONS[name];
  if (operation === undefined || call.method !== 'POST') {
    throw notImplemented(`the CloudWatch Logs operation ${header(call, 'x-amz-target')}`);
  }
  const body = readBody(call.body);
  const group = String(body[operation.subject] ?? '');
  const resource = `${account.logGroupArn(operation.isAboutAll === true ? '' : group)}:log-stream:`;
  return {
    service: 'logs',
    name,
    resource: account.logGroupArn(group),
    reads: operation.reads,
    needs: [{ action: `logs:${name}`, resource }],
    act: (): Answer => jsonAnswer(200, operation.act(account, group, body)),
  };
}

function describeLogGroups(account: Account, prefix: string, body: LambdaBody): unknown {
  for (const name of Object.keys(body)) {
    if (!['logGroupNamePrefix', 'limit', 'nextToken'].includes(name)) {
      throw notImplemented(`${name} of DescribeLogGroups`);
    }
  }
  const asked = body['limit'] === undefined ? undefined : Number(body['limit']);
  if (asked !== undefined && !(asked >= 1 && asked <= PAGE)) {
    throw invalid(String(asked), 'limit', `Member must have value between 1 and ${PAGE}`);
  }
  const groups = [...account.logGroups.values()].filter(({ name }) => name.startsWith(prefix));
  const token = typeof body['nextToken'] === 'string' ? body['nextToken'] : undefined;
  const page = pageOf(groups, ({ name }) => name, token, account.limit(asked, PAGE));
  return { logGroups: page.items.map((group) => groupFields(account, group)), nextToken: page.next };
}

function groupFields(account: Account, { name, createdAt, retention, retentionPolicy }: LogGroup): object {
  const days = retentionPolicy === undefined ? retention : retentionPolicy.days;
  return {
    logGroupName: name,
    creationTime: createdAt.getTime(),
    ...(days === undefined ? {} : { retentionInDays: days }),
    ...(retentionPolicy === undefined ? {} : { retentionPolicyName: retentionPolicy.name }),
    metricFilterCount: 0,
    arn: `${account.logGroupArn(name)}:*`,
    logGroupArn: account.logGroupArn(name),
    storedBytes: 0,
    logGroupClass: 'STANDARD',
  };
}

function createLogGroup(account: Account, name: string, body: LambdaBody): unknown {
  if (Object.keys(asBody(body['tags'])).length > 0 || body['kmsKeyId'] !== undefined) {
    throw notImplemented('tags and keys of log groups');
  }
  if (name.length > 512 || !/^[.\-_/#A-Za-z0-9]+$/.test(name)) {
    throw invalid(
      name,
      'logGroupName',
      'Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+',
    );
  }
  if (account.logGroups.has(name)) {
    throw new AwsError(400, 'ResourceAlreadyExistsException', 'The specified log group already exists');
  }
  account.remember(account.snapshot('logGroups'));
  addLogGroup(account, name);
  return undefined;
}

function putRetentionPolicy(account: Account, name: string, body: LambdaBody): unknown {
  const days = Number(body['retentionInDays']);
  if (!RETENTION_DAYS.includes(days)) {
    throw invalid(
      String(body['retentionInDays'] ?? null),
      'retentionInDays',
      `Member must satisfy enum value set: [${RETENTION_DAYS.join(', ')}]`,
    );
  }
  const group = existingGroup(account, name);
  const before = account.snapshot('logGroups');
  before.logGroups.set(name, copyOf(group));
  account.remember(before);
  group.retention = days;
  return undefined;
}

function deleteLogGroup(account: Account, name: string, body: LambdaBody): unknown {
  const unknown = Object.keys(body).find((field) => field !== 'logGroupName');
  if (unknown !== undefined) throw notImplemented(`${unknown} of DeleteLogGroup`);
  existingGroup(account, name);
  account.remember(account.snapshot('logGroups'));
  account.logGroups.delete(name);
  return undefined;
}

function existingGroup(account: Account, name: string): LogGroup {
  const group = account.logGroups.get(name);
  if (group !== undefined) return group;
  throw new AwsError(400, 'ResourceNotFoundException', 'The specified log group does not exist.');
}

function invalid(value: string, name: string, message: string): AwsError {
  return new AwsError(
    400,
    'InvalidParameterException',
    `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: ${message}`,
  );
}
