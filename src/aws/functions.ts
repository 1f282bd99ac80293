import {
  CreateFunctionCommand,
  type FunctionConfiguration,
  InvokeCommand,
  paginateListFunctions,
  type Runtime,
  TagResourceCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { AppsctlError } from '../core/errors.js';
import {
  type FunctionSpec,
  type FunctionState,
  functionChanges,
  functionTarget,
} from '../core/function-spec.js';
import type { Functions, Invocation, PutFunctionResult, Role } from '../core/ports.js';
import { CodeUpload } from './code-upload.js';
import type { AwsConnection } from './connection.js';
import { isAwsError } from './errors.js';
import { LambdaRequests } from './lambda-requests.js';
import { poll } from './waiting.js';

const SECOND = 1000;
/** A call waits this long for its answer, as the Mattermost server does. */
const INVOKE_TIMEOUT = 30 * SECOND;
/** How long a new key or a new policy may take until AWS knows it everywhere. */
const KEY_WAIT = 8 * SECOND;

/** Functions on AWS Lambda. */
export class LambdaFunctions extends LambdaRequests implements Functions {
  private readonly code: CodeUpload;

  /** @param bucketName the bucket in the same region through which large archives go */
  constructor(connection: AwsConnection, bucketName: string) {
    super(connection);
    this.code = new CodeUpload(this.client, connection, bucketName);
  }

  find(name: string): Promise<FunctionState | undefined> {
    return this.request(`look up function ${name}`, async () => {
      const found = await this.get(name);
      return found && stateOf(found.Configuration ?? {}, found.Tags);
    });
  }

  list(): Promise<string[]> {
    return this.request('list functions', async () => {
      const arns: string[] = [];
      for await (const page of paginateListFunctions({ client: this.client }, {})) {
        for (const { FunctionArn } of page.Functions ?? [])
          if (FunctionArn !== undefined) arns.push(FunctionArn);
      }
      return arns;
    });
  }

  async put(spec: FunctionSpec, current: FunctionState | undefined, role: Role): Promise<PutFunctionResult> {
    if (current !== undefined) return this.update(spec, current, role);
    const created = await this.create(spec, role);
    if (created !== undefined) return { outcome: 'created', arn: created };
    // Somebody else created it, or the answer to our own request was lost: what counts is what it is.
    const found = await this.find(spec.name);
    if (found === undefined)
      throw new AppsctlError('CONFLICT', `function ${spec.name} was created and deleted by somebody else`);
    const { arn } = await this.update(spec, found, role);
    return { outcome: 'created', arn };
  }

  invoke(name: string, payload: string): Promise<Invocation> {
    const wait = {
      limit: KEY_WAIT,
      reason: `until AWS lets the key of ${this.connection.credentialsSource} invoke functions`,
    };
    return this.request(`invoke function ${name}`, () =>
      poll(this.connection, wait, async (last) => {
        try {
          const { FunctionError, Payload } = await this.client.send(
            new InvokeCommand({
              FunctionName: name,
              InvocationType: 'RequestResponse',
              Payload: Buffer.from(payload),
            }),
            { abortSignal: AbortSignal.timeout(INVOKE_TIMEOUT) },
          );
          return { payload: Payload?.transformToString() ?? '', functionError: FunctionError };
        } catch (error) {
          const fresh = isAwsError(
            error,
            'AccessDeniedException',
            'UnrecognizedClientException',
            'InvalidClientTokenId',
          );
          if (last || !fresh) throw error;
          return undefined;
        }
      }),
    );
  }

  /** @returns the ARN, or undefined when there already is a function of the name */
  private create(spec: FunctionSpec, role: Role): Promise<string | undefined> {
    const target = functionTarget(spec, undefined);
    return this.request(`create function ${spec.name}`, async () => {
      try {
        const created = await this.code.use(spec.code, (Code) => {
          const command = new CreateFunctionCommand({
            FunctionName: spec.name,
            Handler: spec.handler,
            Runtime: spec.runtime as Runtime,
            Role: spec.roleArn,
            Code,
            Timeout: target.timeout,
            MemorySize: target.memory,
            Architectures: [target.architecture as 'x86_64' | 'arm64'],
            ...(Object.keys(target.environment).length > 0 && {
              Environment: { Variables: { ...target.environment } },
            }),
            ...(Object.keys(target.tags).length > 0 && { Tags: { ...target.tags } }),
          });
          return this.whenRoleIsKnown(role, () => this.change(() => this.client.send(command)));
        });
        return stateOf(await this.untilReady(spec.name, created)).arn;
      } catch (error) {
        if (isAwsError(error, 'ResourceConflictException') && /already exist/i.test(error.message))
          return undefined;
        throw error;
      }
    });
  }

  private async update(spec: FunctionSpec, current: FunctionState, role: Role): Promise<PutFunctionResult> {
    const changes = new Set(functionChanges(spec, current).map(({ field }) => field));
    const target = functionTarget(spec, current);
    const FunctionName = spec.name;
    if (!current.ready)
      await this.request(`wait for function ${spec.name}`, () => this.untilReady(spec.name));
    if (changes.has('code') || changes.has('architecture')) {
      await this.request(`update the code of function ${spec.name}`, async () => {
        const Architectures = [target.architecture as 'x86_64' | 'arm64'];
        const updated = await this.code.use(spec.code, (code) => {
          const command = new UpdateFunctionCodeCommand({ FunctionName, Architectures, ...code });
          return this.whenFree(spec.name, () => this.client.send(command));
        });
        await this.untilReady(spec.name, updated);
      });
    }
    if ([...changes].some((field) => field !== 'code' && field !== 'architecture' && field !== 'tags')) {
      await this.request(`update the configuration of function ${spec.name}`, async () => {
        const command = new UpdateFunctionConfigurationCommand({
          FunctionName,
          Handler: spec.handler,
          Runtime: spec.runtime as Runtime,
          Role: spec.roleArn,
          Timeout: target.timeout,
          MemorySize: target.memory,
          ...(changes.has('environment') && { Environment: { Variables: { ...target.environment } } }),
        });
        const updated = await this.whenRoleIsKnown(role, () =>
          this.whenFree(spec.name, () => this.client.send(command)),
        );
        await this.untilReady(spec.name, updated);
      });
    }
    if (changes.has('tags')) {
      const command = new TagResourceCommand({ Resource: current.arn, Tags: { ...target.tags } });
      await this.request(`tag function ${spec.name}`, () => this.change(() => this.client.send(command)));
    }
    return { outcome: changes.size > 0 ? 'updated' : 'unchanged', arn: current.arn };
  }
}

function stateOf(
  configuration: FunctionConfiguration,
  tags: Record<string, string> | undefined = {},
): FunctionState {
  const { FunctionArn, FunctionName, Handler, Runtime, Role, CodeSha256 } = configuration;
  const { MemorySize, Timeout, Architectures, Environment, State, LastUpdateStatus } = configuration;
  return {
    arn: FunctionArn ?? '',
    name: FunctionName ?? '',
    handler: Handler ?? '',
    runtime: Runtime ?? '',
    roleArn: Role ?? '',
    codeSha256: CodeSha256 ?? '',
    memory: MemorySize ?? 0,
    timeout: Timeout ?? 0,
    architecture: Architectures?.[0] ?? 'x86_64',
    environment: Environment?.Variables ?? {},
    tags,
    ready:
      !['Pending', 'Failed'].includes(State ?? '') &&
      !['InProgress', 'Failed'].includes(LastUpdateStatus ?? ''),
  };
}
