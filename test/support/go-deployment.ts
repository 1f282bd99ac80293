import { readFileSync } from 'node:fs';
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
} from '@aws-sdk/client-iam';
import { CreateFunctionCommand } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { DEFAULT_NAMES } from '../../src/core/defaults.js';
import { initialInvokePolicy, LAMBDA_TRUST_POLICY } from '../../src/core/policy/policy-templates.js';
import { functionArchive } from './bundle.js';
import { BUCKET, type TestEnvironment } from './environment.js';

interface GoCase {
  readonly bundle: string;
  readonly terraform_data?: string;
  readonly uploaded_manifest?: string;
}

/** What the Go tool computes for a bundle, as in its `generate-data`. */
interface GoData {
  readonly static_files: Readonly<Record<string, { readonly key: string }>>;
  readonly lambda_functions: Readonly<Record<string, { readonly name: string; readonly handler: string }>>;
  readonly manifest_key: string;
}

/**
 * Leaves behind what the Go tool does when it prepares an account and deploys a bundle: no access block, no lifecycle rules,
 * no checksums, and an array of ARNs in the policy.
 *
 * @param bundle the name of one of the reference bundles
 */
export async function deployWithGoTool({ clients }: TestEnvironment, bundle: string): Promise<void> {
  const { iam, lambda, s3 } = clients;
  const text = readFileSync(new URL('../fixtures/reference/cases.json', import.meta.url), 'utf8');
  const { terraform_data = '', uploaded_manifest = '' } =
    (JSON.parse(text) as GoCase[]).find((item) => item.bundle === bundle) ?? {};
  const data = JSON.parse(terraform_data) as GoData;
  const { user: UserName, group: GroupName, policy: PolicyName, executionRole: RoleName } = DEFAULT_NAMES;
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(new CreateAccessKeyCommand({ UserName }));
  await iam.send(new CreateGroupCommand({ GroupName }));
  const initial = initialInvokePolicy(BUCKET, 'aws');
  const { Policy } = await iam.send(
    new CreatePolicyCommand({ PolicyName, PolicyDocument: JSON.stringify(initial) }),
  );
  const PolicyArn = Policy?.Arn;
  await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
  await iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
  const AssumeRolePolicyDocument = JSON.stringify(LAMBDA_TRUST_POLICY);
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  const logging = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: logging }));

  for (const { key: Key } of Object.values(data.static_files))
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: Key }));
  const arns: string[] = [];
  const ZipFile = await functionArchive();
  for (const { name: FunctionName, handler: Handler } of Object.values(data.lambda_functions)) {
    const { FunctionArn = '' } = await lambda.send(
      new CreateFunctionCommand({
        ...{ FunctionName, Handler, Runtime: 'nodejs22.x', Role: Role?.Arn, Code: { ZipFile } },
      }),
    );
    arns.push(FunctionArn);
  }
  const invoke = { Sid: 'AllowLambda', Effect: 'Allow', Action: ['lambda:InvokeFunction'], Resource: arns };
  const document = { ...initial, Statement: [initial.Statement, invoke].flat() };
  await iam.send(
    new CreatePolicyVersionCommand({
      ...{ PolicyArn, PolicyDocument: JSON.stringify(document), SetAsDefault: true },
    }),
  );
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: data.manifest_key, Body: uploaded_manifest }));
}
