import {
  CreateFunctionCommand,
  type FunctionConfiguration,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  type Runtime,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { functionDifferences } from '../core/deploy-plan.js';
import { AppsctlError } from '../core/errors.js';
import type { FunctionSpec, FunctionState, Functions, Invocation, PutFunctionResult } from '../core/ports.js';
import { type AwsConnection, clientConfig } from './connection.js';
import { type AwsError, isAwsError, request } from './errors.js';

const SECOND = 1000;
/** How long a new role may take until Lambda can assume it; Terraform waits as long. */
const ROLE_WAIT = 5 * 60 * SECOND;
/** How long a function may take to become ready. */
const READY_WAIT = 5 * 60 * SECOND;
/** A call waits this long for its answer, as the Mattermost server does. */
const INVOKE_TIMEOUT = 30 * SECOND;
/** Waits shorter than this are not worth a word. */
const TELL_AFTER = 2 * SECOND;

/** What a new function gets: the server waits 30 s for a call, AWS would give 3 s and 128 MB. */
const NEW_FUNCTION = { Timeout: 30, MemorySize: 256 } as const;

/** Functions on AWS Lambda. */
export class LambdaFunctions implements Functions {
  private readonly client: LambdaClient;

  constructor(private readonly connection: AwsConnection) {
    this.client = new LambdaClient(clientConfig(connection, 'lambda'));
  }

  async find(name: string): Promise<FunctionState | undefined> {
    const configuration = await this.configuration(name);
    return configuration && stateOf(configuration);
  }

  async put(
    spec: FunctionSpec,
    current: FunctionState | undefined,
    archive: () => Promise<Uint8Array>,
  ): Promise<PutFunctionResult> {
    if (current === undefined) {
      const arn = await this.create(spec, await archive());
      return { outcome: 'created', arn };
    }
    const differences = functionDifferences(spec, current);
    if (differences.includes('code')) await this.updateCode(spec, await archive());
    if (differences.some((field) => field !== 'code')) await this.updateConfiguration(spec);
    return { outcome: differences.length > 0 ? 'updated' : 'unchanged', arn: current.arn };
  }

  invoke(name: string, payload: string): Promise<Invocation> {
    return this.request(`invoke function ${name}`, async () => {
      const { FunctionError, Payload } = await this.client.send(
        new InvokeCommand({
          FunctionName: name,
          InvocationType: 'RequestResponse',
          Payload: Buffer.from(payload),
        }),
        { requestTimeout: INVOKE_TIMEOUT },
      );
      return { payload: Payload?.transformToString() ?? '', functionError: FunctionError };
    });
  }

  private create(spec: FunctionSpec, archive: Uint8Array): Promise<string> {
    return this.request(`create function ${spec.name}`, async () => {
      const command = new CreateFunctionCommand({
        FunctionName: spec.name,
        Handler: spec.handler,
        Runtime: spec.runtime as Runtime,
        Role: spec.roleArn,
        Code: { ZipFile: archive },
        ...NEW_FUNCTION,
      });
      const created = await this.whenRoleIsKnown(spec.roleArn, () => this.client.send(command));
      const ready = await this.untilReady(spec.name, created);
      return stateOf(ready).arn;
    });
  }

  private async updateCode(spec: FunctionSpec, archive: Uint8Array): Promise<void> {
    await this.request(`update the code of function ${spec.name}`, async () => {
      const command = new UpdateFunctionCodeCommand({ FunctionName: spec.name, ZipFile: archive });
      await this.untilReady(spec.name, await this.client.send(command));
    });
  }

  private async updateConfiguration(spec: FunctionSpec): Promise<void> {
    await this.request(`update the configuration of function ${spec.name}`, async () => {
      const command = new UpdateFunctionConfigurationCommand({
        FunctionName: spec.name,
        Handler: spec.handler,
        Runtime: spec.runtime as Runtime,
        Role: spec.roleArn,
      });
      const updated = await this.whenRoleIsKnown(spec.roleArn, () => this.client.send(command));
      await this.untilReady(spec.name, updated);
    });
  }

  private configuration(name: string): Promise<FunctionConfiguration | undefined> {
    return this.request(`look up function ${name}`, async () => {
      try {
        // GetFunction, because it may be asked 100 times a second; GetFunctionConfiguration shares 15 with all else.
        return (await this.client.send(new GetFunctionCommand({ FunctionName: name }))).Configuration;
      } catch (error) {
        if (isAwsError(error, 'ResourceNotFoundException')) return undefined;
        throw error;
      }
    });
  }

  /** A role that was just created cannot be assumed yet, and AWS says so with the name of another error. */
  private async whenRoleIsKnown<T>(roleArn: string, send: () => Promise<T>): Promise<T> {
    return this.poll(ROLE_WAIT, `until AWS Lambda may assume the role ${roleArn}`, async (last) => {
      try {
        return await send();
      } catch (error) {
        if (!isRoleError(error) || last) throw error;
        return undefined;
      }
    });
  }

  private untilReady(name: string, first: FunctionConfiguration): Promise<FunctionConfiguration> {
    let known: FunctionConfiguration | undefined = first;
    return this.poll(READY_WAIT, `until function ${name} is ready`, async (last) => {
      const configuration = known ?? (await this.configuration(name));
      known = undefined;
      if (configuration === undefined)
        throw new AppsctlError('NOT_FOUND', `function ${name} has disappeared`);
      const { State, StateReason, StateReasonCode, LastUpdateStatus, LastUpdateStatusReason } = configuration;
      if (State === 'Failed' || LastUpdateStatus === 'Failed') {
        const reason = LastUpdateStatusReason ?? StateReason ?? StateReasonCode ?? 'no reason given';
        throw new AppsctlError('SERVICE', `function ${name} failed to become ready: ${reason}`);
      }
      const busy = State === 'Pending' || LastUpdateStatus === 'InProgress';
      if (!busy) return configuration;
      if (last)
        throw new AppsctlError(
          'SERVICE',
          `function ${name} is still ${State} after ${READY_WAIT / SECOND} s`,
        );
      return undefined;
    });
  }

  /** Tries until an attempt answers; the last one is told that it is the last. */
  private async poll<T>(
    limit: number,
    reason: string,
    attempt: (last: boolean) => Promise<T | undefined>,
  ): Promise<T> {
    const { clock, onEvent } = this.connection;
    const start = clock.now();
    let told = false;
    for (let pause = 250; ; pause = Math.min(pause * 2, 5 * SECOND)) {
      const waited = clock.now() - start;
      const result = await attempt(waited >= limit);
      if (result !== undefined) return result;
      if (!told && waited + pause > TELL_AFTER) {
        onEvent({ type: 'waiting', reason });
        told = true;
      }
      await clock.sleep(pause);
    }
  }

  private request<T>(doing: string, send: () => Promise<T>): Promise<T> {
    return request(this.connection, doing, send);
  }
}

function isRoleError(error: unknown): error is AwsError {
  return (
    isAwsError(error, 'InvalidParameterValueException') &&
    /cannot be assumed by Lambda|execution role does not have permissions/.test(error.message)
  );
}

function stateOf(configuration: FunctionConfiguration): FunctionState {
  const { FunctionArn, FunctionName, Handler, Runtime, Role, CodeSha256 } = configuration;
  return {
    arn: FunctionArn ?? '',
    name: FunctionName ?? '',
    handler: Handler ?? '',
    runtime: Runtime ?? '',
    roleArn: Role ?? '',
    codeSha256: CodeSha256 ?? '',
  };
}
