import { randomUUID } from 'node:crypto';
import type { Account } from './account.js';
import { AwsError } from './errors.js';
import type { Caller } from './exchange.js';
import { lambdaAssumes } from './iam-roles.js';
import { CODE, readCode } from './lambda-code.js';
import { checkLayers, layers } from './lambda-layers.js';
import type { Runnable, StoredFunction } from './lambda-model.js';
import { checkArchitecture, checkNamedRuntime, checkNewRuntime, checkUpdatable } from './lambda-runtimes.js';
import {
  architecture,
  asBody,
  checkHandler,
  checkRole,
  environment,
  ephemeralStorage,
  integer,
  invalid,
  type LambdaBody,
  logGroup,
  refuseOtherFields,
  required,
  text,
  tracing,
} from './lambda-settings.js';
import { conflict, keepBefore, refuseWhileBusy } from './lambda-state.js';
import { readTags } from './lambda-tags.js';
import { checkExecutionRole, checkVpc, vpcConfig } from './lambda-vpc.js';

const SETTINGS = [
  'Role',
  'Runtime',
  'Handler',
  'Timeout',
  'MemorySize',
  'Description',
  'Environment',
  'KMSKeyArn',
  'TracingConfig',
  'EphemeralStorage',
  'VpcConfig',
  'Layers',
  'LoggingConfig',
];
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
  const runtime = checkNewRuntime(mandatory(body, 'Runtime'), account.lambda.today);
  mandatory(body, 'Handler');
  const settings = readSettings(body);
  const role = checkRole(required(body, 'Role'));
  const tags = readTags(body, new Map());
  const isArchitecture = architecture(body) ?? 'x86_64';
  checkArchitecture(runtime, isArchitecture);
  const refuseIfThere = (): void => {
    if (account.functions.has(name)) throw conflict(`Function already exist: ${name}`);
  };
  refuseIfThere();
  const arn = account.functionArn(name);
  if (tags.size > 0) caller.demand({ action: 'lambda:TagResource', resource: arn });
  const code = await readCode(account, asBody(body['Code']), caller);
  passRole(account, role, caller);
  checkSettings(account, settings, role, caller);
  refuseIfThere();

  const created: StoredFunction = {
    live: {
      name,
      arn,
      runtime,
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
    ephemeralStorage: settings.ephemeralStorage ?? 512,
    vpc: settings.vpc ?? { subnets: [], securityGroups: [] },
    layers: settings.layers ?? [],
    logGroup: settings.logGroup,
    tags,
    kmsKeyArn: settings.kmsKeyArn || undefined,
    environmentError: undefined,
    revisionId: randomUUID(),
    lastModified: account.now(),
    missingReads: account.lambda.missingReads,
    pendingReads: account.lambda.pendingReads,
    inProgressReads: 0,
    deletingReads: 0,
    state: undefined,
    updateFailure: undefined,
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
  const check = (): void => {
    refuseWhileBusy(stored);
    checkRevision(stored, body);
    checkArchitecture(checkUpdatable(stored.live.runtime, account.lambda.today), isArchitecture);
  };
  check();
  const code = await readCode(account, body, caller);
  // Other requests may have been processed while the archive was extracted.
  check();
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
  const { live } = stored;
  const named = text(body, 'Runtime');
  if (named !== undefined) {
    checkArchitecture(checkNamedRuntime(named, live.runtime, account.lambda.today), stored.architecture);
  }
  const role = text(body, 'Role');
  if (role !== undefined) checkRole(role);
  refuseWhileBusy(stored);
  checkRevision(stored, body);
  if (role !== undefined) passRole(account, role, caller);
  checkSettings(account, settings, role ?? stored.role, caller);
  change(
    account,
    stored,
    {
      runtime: named ?? live.runtime,
      handler: settings.handler ?? live.handler,
      timeout: settings.timeout ?? live.timeout,
      memorySize: settings.memorySize ?? live.memorySize,
      environment: settings.environment ?? live.environment,
    },
    {
      role: role ?? stored.role,
      description: settings.description ?? stored.description,
      tracing: settings.tracing ?? stored.tracing,
      ephemeralStorage: settings.ephemeralStorage ?? stored.ephemeralStorage,
      vpc: settings.vpc ?? stored.vpc,
      layers: settings.layers ?? stored.layers,
      logGroup: settings.logGroup ?? stored.logGroup,
      // An empty text removes the key.
      kmsKeyArn: (settings.kmsKeyArn ?? stored.kmsKeyArn) || undefined,
      ...(settings.environment === undefined ? {} : { environmentError: undefined }),
    },
  );
}

function mandatory(body: LambdaBody, name: 'Runtime' | 'Handler'): string {
  const value = text(body, name);
  if (value === undefined) {
    throw invalid(`${name} is mandatory for functions created with deployment packages.`);
  }
  return value;
}

function readSettings(body: LambdaBody) {
  const handler = text(body, 'Handler');
  return {
    handler: handler === undefined ? undefined : checkHandler(handler),
    timeout: integer(body, 'Timeout', 1, 900),
    memorySize: integer(body, 'MemorySize', 128, 10240),
    description: text(body, 'Description'),
    environment: environment(body),
    kmsKeyArn: text(body, 'KMSKeyArn'),
    tracing: tracing(body),
    ephemeralStorage: ephemeralStorage(body),
    vpc: vpcConfig(body),
    layers: layers(body),
    logGroup: logGroup(body),
  };
}

/** Refuses settings for which the caller or the execution role has no permission. */
function checkSettings(
  account: Account,
  { layers: arns = [], vpc, tracing: mode }: ReturnType<typeof readSettings>,
  role: string,
  caller: Caller,
): void {
  checkLayers(account, arns, caller);
  if (vpc !== undefined) checkVpc(account, vpc, role, caller);
  if (mode === 'Active') checkExecutionRole(account, role, 'xray', 'PutTraceSegments');
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

/** Updates a function: an inactive one becomes active, and a failed last update is over. */
function change(
  account: Account,
  stored: StoredFunction,
  changes: Partial<Runnable>,
  settings: Partial<StoredFunction>,
): void {
  keepBefore(account, stored);
  Object.assign(stored, settings);
  stored.updateFailure = undefined;
  if (stored.state?.name === 'Inactive') stored.state = undefined;
  stored.inProgressReads = account.lambda.inProgressReads;
  stored.previous = stored.inProgressReads > 0 ? stored.live : undefined;
  stored.live = { ...stored.live, ...changes };
  stored.revisionId = randomUUID();
  stored.lastModified = account.now();
}
