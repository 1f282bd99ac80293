import { randomUUID } from 'node:crypto';
import type { Account } from './account.js';
import { AwsError } from './errors.js';
import type { Caller } from './exchange.js';
import { type FunctionCode, readFunctionCode } from './function-archive.js';
import { lambdaAssumes } from './iam-roles.js';
import type { Runnable, StoredFunction } from './lambda-model.js';
import {
  architecture,
  asBody,
  checkHandler,
  checkRole,
  checkRuntime,
  environment,
  integer,
  invalid,
  type LambdaBody,
  refuseOtherFields,
  required,
  text,
  tracing,
} from './lambda-settings.js';
import { conflict, keepBefore, refuseWhileBusy } from './lambda-state.js';

const SETTINGS = [
  'Role',
  'Runtime',
  'Handler',
  'Timeout',
  'MemorySize',
  'Description',
  'Environment',
  'TracingConfig',
];
const CODE = ['ZipFile', 'S3Bucket', 'S3Key'];
const COMMON = ['FunctionName', 'Publish', 'RevisionId'];

export async function createFunction(
  account: Account,
  name: string,
  body: LambdaBody,
  caller: Caller,
): Promise<StoredFunction> {
  refuseOtherFields(
    body,
    [...SETTINGS, ...COMMON, 'Code', 'Architectures', 'PackageType', 'Tags'],
    'CreateFunction',
  );
  if ((text(body, 'PackageType') ?? 'Zip') !== 'Zip')
    throw new AwsError(501, 'NotImplemented', 'The local AWS runs no images.');
  refuseOtherFields(asBody(body['Code']), CODE, 'CreateFunction');
  if (text(body, 'Runtime') === undefined)
    throw invalid('Runtime is mandatory for functions created with deployment packages.');
  if (text(body, 'Handler') === undefined)
    throw invalid('Handler is mandatory for functions created with deployment packages.');
  const settings = readSettings(body);
  const role = checkRole(required(body, 'Role'));
  const tags = new Map(Object.entries(asBody(body['Tags'])).map(([key, value]) => [key, String(value)]));
  const isArchitecture = architecture(body) ?? 'x86_64';
  const refuseIfThere = (): void => {
    if (account.functions.has(name)) throw conflict(`Function already exist: ${name}`);
  };
  refuseIfThere();
  const code = await readCode(account, asBody(body['Code']), caller);
  passRole(account, role, caller);
  refuseIfThere();

  const created: StoredFunction = {
    live: {
      name,
      arn: account.functionArn(name),
      runtime: settings.runtime ?? '',
      handler: settings.handler ?? '',
      timeout: settings.timeout ?? 3,
      memorySize: settings.memorySize ?? 128,
      environment: settings.environment ?? {},
      code,
    },
    previous: undefined,
    role,
    description: settings.description ?? '',
    architecture: isArchitecture,
    tracing: settings.tracing ?? 'PassThrough',
    tags,
    revisionId: randomUUID(),
    lastModified: account.now(),
    pendingReads: account.lambda.pendingReads,
    inProgressReads: 0,
    missingReads: account.lambda.missingReads,
  };
  keepBefore(account);
  account.functions.set(name, created);
  return created;
}

export async function updateFunctionCode(
  account: Account,
  stored: StoredFunction,
  body: LambdaBody,
  caller: Caller,
): Promise<void> {
  refuseOtherFields(body, [...CODE, ...COMMON, 'Architectures', 'DryRun'], 'UpdateFunctionCode');
  const isArchitecture = architecture(body) ?? stored.architecture;
  refuseWhileBusy(stored);
  checkRevision(stored, body);
  const code = await readCode(account, body, caller);
  // Others may have been here while the archive was unpacked.
  refuseWhileBusy(stored);
  checkRevision(stored, body);
  if (body['DryRun'] === true) return;
  change(account, stored, { code }, { architecture: isArchitecture });
}

export function updateFunctionConfiguration(
  account: Account,
  stored: StoredFunction,
  body: LambdaBody,
  caller: Caller,
): void {
  refuseOtherFields(body, [...SETTINGS, ...COMMON], 'UpdateFunctionConfiguration');
  const settings = readSettings(body);
  const role = text(body, 'Role');
  if (role !== undefined) checkRole(role);
  refuseWhileBusy(stored);
  checkRevision(stored, body);
  if (role !== undefined) passRole(account, role, caller);
  const { live } = stored;
  change(
    account,
    stored,
    {
      runtime: settings.runtime ?? live.runtime,
      handler: settings.handler ?? live.handler,
      timeout: settings.timeout ?? live.timeout,
      memorySize: settings.memorySize ?? live.memorySize,
      environment: settings.environment ?? live.environment,
    },
    {
      role: role ?? stored.role,
      description: settings.description ?? stored.description,
      tracing: settings.tracing ?? stored.tracing,
    },
  );
}

function readSettings(body: LambdaBody) {
  const [runtime, handler] = [text(body, 'Runtime'), text(body, 'Handler')];
  return {
    runtime: runtime === undefined ? undefined : checkRuntime(runtime),
    handler: handler === undefined ? undefined : checkHandler(handler),
    timeout: integer(body, 'Timeout', 1, 900),
    memorySize: integer(body, 'MemorySize', 128, 10240),
    description: text(body, 'Description'),
    environment: environment(body),
    tracing: tracing(body),
  };
}

/** The archive itself, or from S3 with the rights of the caller. */
async function readCode(account: Account, body: LambdaBody, caller: Caller): Promise<FunctionCode> {
  const [zip, bucketName, key] = [text(body, 'ZipFile'), text(body, 'S3Bucket'), text(body, 'S3Key')];
  if (
    (zip === undefined) === (bucketName === undefined) ||
    (bucketName === undefined) !== (key === undefined)
  ) {
    throw invalid('Please provide a source for function code.');
  }
  if (zip !== undefined) return readFunctionCode(Buffer.from(zip, 'base64'));
  if (!caller.allows({ action: 's3:GetObject', resource: account.s3Arn(`${bucketName}/${key}`) })) {
    throw new AwsError(
      403,
      'AccessDeniedException',
      `Your access has been denied by S3, please make sure your request credentials have permission to GetObject for ${bucketName}/${key}. S3 Error Code: AccessDenied. S3 Error Message: Access Denied`,
    );
  }
  const bucket = account.buckets.get(bucketName ?? '');
  const object = bucket?.objects.get(key ?? '');
  if (object === undefined) {
    const [code, message] =
      bucket === undefined
        ? ['NoSuchBucket', 'The specified bucket does not exist']
        : ['NoSuchKey', 'The specified key does not exist.'];
    throw invalid(`Error occurred while GetObject. S3 Error Code: ${code}. S3 Error Message: ${message}`);
  }
  return readFunctionCode(object.bytes);
}

function passRole(account: Account, role: string, caller: Caller): void {
  caller.demand({
    action: 'iam:PassRole',
    resource: role,
    context: { 'iam:passedtoservice': 'lambda.amazonaws.com' },
  });
  if (!role.startsWith(account.iamArn('role'))) {
    throw new AwsError(403, 'AccessDeniedException', 'Cross-account pass role is not allowed.');
  }
  if (!lambdaAssumes(account, role)) {
    throw invalid('The role defined for the function cannot be assumed by Lambda.');
  }
}

function checkRevision(stored: StoredFunction, body: LambdaBody): void {
  const expected = text(body, 'RevisionId');
  if (expected !== undefined && expected !== stored.revisionId) {
    throw new AwsError(
      412,
      'PreconditionFailedException',
      'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
    );
  }
}

function change(
  account: Account,
  stored: StoredFunction,
  changes: Partial<Runnable>,
  settings: Partial<StoredFunction>,
): void {
  keepBefore(account, stored);
  Object.assign(stored, settings);
  stored.inProgressReads = account.lambda.inProgressReads;
  stored.previous = stored.inProgressReads > 0 ? stored.live : undefined;
  stored.live = { ...stored.live, ...changes };
  stored.revisionId = randomUUID();
  stored.lastModified = account.now();
}
