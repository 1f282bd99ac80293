import { CreateLogGroupCommand, PutRetentionPolicyCommand } from '@aws-sdk/client-cloudwatch-logs';
import { AttachRolePolicyCommand } from '@aws-sdk/client-iam';
import { PublishLayerVersionCommand } from '@aws-sdk/client-lambda';
import { PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { DEFAULT_NAMES } from '../../src/core/defaults.js';
import type { IamPolicyDocument } from '../../src/core/policy/deploy-policy.js';
import { readAccountState } from './account-state.js';
import { functionArchive } from './bundle.js';
import { type RunResult, startEnvironment, type TestEnvironment } from './environment.js';
import { createUserWith } from './restricted-user.js';

/** Returns the actions of a policy: those that are optional, or the others. */
export function listActions({ Statement }: IamPolicyDocument, isOptional: boolean): string[] {
  return Statement.filter(({ Sid = '' }) => Sid.startsWith('Optional') === isOptional).flatMap(
    ({ Action }) => Action,
  );
}

/** Returns a policy with only some of its actions. */
export function onlyWith(
  document: IamPolicyDocument,
  isAllowed: (action: string) => boolean,
): IamPolicyDocument {
  return {
    ...document,
    Statement: document.Statement.map((statement) => ({
      ...statement,
      Action: [statement.Action].flat().filter(isAllowed),
    })).filter(({ Action }) => Action.length > 0),
  };
}

/** Returns a policy without an action. */
export function without(document: IamPolicyDocument, action: string): IamPolicyDocument {
  return onlyWith(document, (item) => item !== action);
}

/** A command line, what happens before it, and its exit code if that is not 0. */
export type Step = readonly [
  args: readonly string[],
  before?: ((environment: TestEnvironment) => Promise<void>) | undefined,
  code?: number,
];

export interface Outcome {
  readonly result: RunResult;
  /** Whether the last step ended as expected, and so all before it. */
  readonly isDone: boolean;
  /** Whether the last step changed something. */
  readonly isChanged: boolean;
  /** What is stored in the account in the end. */
  readonly stored: TestEnvironment['aws']['stored'];
}

/** Runs steps as a user with a policy, until one ends with another exit code; returns the outcome of the last one. */
export async function runAs(
  document: IamPolicyDocument,
  start: TestEnvironment,
  steps: readonly Step[],
): Promise<Outcome> {
  const environment = await startEnvironment({ like: start });
  try {
    const env = await createUserWith(environment, document);
    let outcome: Outcome | undefined;
    for (const [args, before, code = 0] of steps) {
      await before?.(environment);
      const state = readAccountState(environment).resources;
      const result = await environment.run(args, { env });
      outcome = {
        result,
        isDone: result.code === code,
        isChanged: JSON.stringify(readAccountState(environment).resources) !== JSON.stringify(state),
        stored: environment.aws.stored,
      };
      if (!outcome.isDone) break;
    }
    if (outcome === undefined) throw new Error('there are no steps');
    return outcome;
  } finally {
    await environment.stop();
  }
}

/** Gives the deployed function layers, a VPC and a log retention, which the next version takes over. */
export async function addFunctionSettings({ aws, clients }: TestEnvironment): Promise<void> {
  const { iam, lambda, logs } = clients;
  const PolicyArn = 'arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole';
  await iam.send(new AttachRolePolicyCommand({ RoleName: DEFAULT_NAMES.executionRole, PolicyArn }));
  const ZipFile = await functionArchive();
  const { LayerVersionArn = '' } = await lambda.send(
    new PublishLayerVersionCommand({ LayerName: 'com-example-layer', Content: { ZipFile } }),
  );
  const FunctionName = 'com-example-test_1-0-0_go';
  const stored = aws.function(FunctionName);
  stored.layers = [LayerVersionArn];
  stored.vpc = { subnets: ['subnet-1'], securityGroups: ['sg-1'] };
  const logGroupName = `/aws/lambda/${FunctionName}`;
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 30 }));
}

/** Enables versioning for a bucket. */
export async function enableVersioning({ clients }: TestEnvironment, Bucket: string): Promise<void> {
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await clients.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
}
