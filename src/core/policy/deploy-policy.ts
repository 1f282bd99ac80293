import { type Account, functionArnPrefix, policyArn, s3Arn } from '../aws/arn.js';
import {
  ASSET_PREFIX,
  appNamePrefix,
  defaultLogGroup,
  LOCK_PREFIX,
  MANIFEST_PREFIX,
  UPLOAD_PREFIX,
} from '../aws/resource-names.js';

/** A policy document of IAM, as JSON. */
export interface IamPolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly IamStatement[];
}

/** A statement of a policy document. */
export interface IamStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow';
  readonly Principal?: { readonly Federated: string } | { readonly Service: string };
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** What a deploy policy is for. */
export interface DeployScope {
  readonly account: Account;
  readonly region: string;
  readonly bucket: string;
  readonly groupName: string;
  readonly policyName: string;
  readonly executionRoleName: string;
  /** The path of group, policy and role. */
  readonly path: string;
  /**
   * The IDs of the only apps that may be deployed, in which `*` is any text. The policy then allows no new invoke policies
   * either, which would let an app do more than invoke its functions. Undefined for all apps.
   */
  readonly apps: readonly string[] | undefined;
}

/** Every function has two underscores in its name. */
const ANY_FUNCTION = '*_*_*';

/** Returns the policy for an AWS user or role that deploys; docs/permissions.md explains it. */
export function deployPolicy(scope: DeployScope): IamPolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [
      ...bucketStatements(scope),
      ...functionStatements(scope),
      ...iamStatements(scope),
      ...optionalStatements(scope),
    ],
  };
}

function bucketStatements({ account, bucket, apps }: DeployScope): IamStatement[] {
  const objects = (prefix: string): string => s3Arn(account, bucket, `${prefix}*`);
  const ofApps = (prefix: string): string[] =>
    apps === undefined ? [objects(prefix)] : apps.map((app) => objects(`${prefix}${app}_`));
  const temporary = [objects(LOCK_PREFIX), objects(UPLOAD_PREFIX)];
  const statement = (Sid: string, Action: string, Resource: string | readonly string[]): IamStatement => ({
    ...allow(Sid, Action, Resource),
    Condition: ownedBy(account),
  });
  return [
    statement('Bucket', 's3:ListBucket', s3Arn(account, bucket)),
    statement('Put', 's3:PutObject', [...ofApps(ASSET_PREFIX), ...ofApps(MANIFEST_PREFIX), ...temporary]),
    statement('Read', 's3:GetObject', [objects(MANIFEST_PREFIX), ...temporary]),
    statement('ReadUploadsByVersion', 's3:GetObjectVersion', objects(UPLOAD_PREFIX)),
    statement('RemoveLocksAndUploads', 's3:DeleteObject', temporary),
  ];
}

function functionStatements({ account, region, apps }: DeployScope): IamStatement[] {
  const { partition, accountId } = account;
  const regional = (service: string): string => `arn:${partition}:${service}:${region}:${accountId}`;
  const logGroups = `${regional('logs')}:log-group:`;
  return [
    allow(
      'Functions',
      [
        'lambda:GetFunction',
        'lambda:CreateFunction',
        'lambda:UpdateFunctionCode',
        'lambda:UpdateFunctionConfiguration',
        'lambda:TagResource',
      ],
      functionArns(account, region, apps),
    ),
    allow('Layers', 'lambda:GetLayerVersion', `${regional('lambda')}:layer:*:*`),
    allow('Vpc', ['ec2:DescribeSubnets', 'ec2:DescribeSecurityGroups', 'ec2:DescribeVpcs'], '*'),
    allow(
      'LogRetention',
      ['logs:CreateLogGroup', 'logs:PutRetentionPolicy'],
      oneOrMore(functionPatterns(apps).map((pattern) => `${logGroups}${defaultLogGroup(pattern)}`)),
    ),
  ];
}

function iamStatements(scope: DeployScope): IamStatement[] {
  const { account, policyName, executionRoleName, path, apps } = scope;
  const role = iamArn(account, `role${path}${executionRoleName}`);
  const policies = policyArn(account, `${policyName}*`, path);
  // A policy is first looked for without a path.
  const candidates = path === '/' ? policies : [policyArn(account, `${policyName}*`), policies];
  const update = [
    'iam:GetPolicy',
    'iam:GetPolicyVersion',
    'iam:ListEntitiesForPolicy',
    'iam:ListPolicyVersions',
    'iam:CreatePolicyVersion',
    'iam:DeletePolicyVersion',
  ];
  const statements: IamStatement[] = [
    allow('ExecuteRole', 'iam:GetRole', role),
    {
      ...allow('PassExecuteRole', 'iam:PassRole', role),
      Condition: { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } },
    },
  ];
  if (path !== '/') statements.push(allow('FindInvokePolicy', 'iam:ListPolicies', '*'));
  if (apps !== undefined) return [...statements, allow('InvokePolicies', update, candidates)];
  return [
    ...statements,
    allow('InvokePolicies', [...update, 'iam:CreatePolicy'], candidates),
    {
      ...allow('AttachInvokePolicies', 'iam:AttachGroupPolicy', groupArn(scope)),
      Condition: { ArnLike: { 'iam:PolicyARN': policies } },
    },
  ];
}

function optionalStatements(scope: DeployScope): IamStatement[] {
  const { account, region, bucket, apps } = scope;
  const { partition, accountId } = account;
  const isForAll = apps === undefined;
  return [
    allow(
      'OptionalFullPolicies',
      isForAll ? ['lambda:ListFunctions', 'iam:GetAccountSummary'] : 'lambda:ListFunctions',
      '*',
    ),
    ...(isForAll ? [allow('OptionalRoomInGroup', 'iam:ListAttachedGroupPolicies', groupArn(scope))] : []),
    allow('OptionalTags', 'lambda:ListTags', functionArns(account, region, apps)),
    allow(
      'OptionalReadLogRetention',
      'logs:DescribeLogGroups',
      `arn:${partition}:logs:${region}:${accountId}:log-group:*`,
    ),
    allow('OptionalUploads', 's3:ListBucketMultipartUploads', s3Arn(account, bucket)),
    allow(
      'OptionalVersions',
      ['s3:AbortMultipartUpload', 's3:DeleteObjectVersion'],
      s3Arn(account, bucket, `${UPLOAD_PREFIX}*`),
    ),
  ];
}

/** A statement that allows something. */
export function allow(
  Sid: string,
  Action: string | readonly string[],
  Resource: string | readonly string[],
): IamStatement {
  return { Sid, Effect: 'Allow', Action, Resource };
}

/** The condition for a bucket that could be deleted, and its name taken by another account. */
export function ownedBy({ accountId }: Account) {
  return { StringEquals: { 's3:ResourceAccount': accountId } };
}

/** The names of the functions of apps, as in `lambdaFunctionName`. */
function functionPatterns(apps: DeployScope['apps']): string[] {
  return apps?.map((app) => `${appNamePrefix(app)}*`) ?? [ANY_FUNCTION];
}

function functionArns(account: Account, region: string, apps: DeployScope['apps']) {
  const prefix = functionArnPrefix(account, region);
  return oneOrMore(functionPatterns(apps).map((pattern) => `${prefix}${pattern}`));
}

/** A list as AWS shows it. */
function oneOrMore(items: readonly string[]): string | readonly string[] {
  const [first, ...others] = items;
  return first !== undefined && others.length === 0 ? first : items;
}

function groupArn({ account, groupName, path }: DeployScope): string {
  return iamArn(account, `group${path}${groupName}`);
}

function iamArn({ partition, accountId }: Account, resource: string): string {
  return `arn:${partition}:iam::${accountId}:${resource}`;
}
