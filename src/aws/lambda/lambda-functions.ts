import {
  CreateFunctionCommand,
  type FunctionConfiguration,
  paginateListFunctions,
  type Runtime,
  TagResourceCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { ProcessIdentity } from '../../core/async/process-identity.js';
import {
  type FieldChange,
  type FunctionSpec,
  type FunctionState,
  functionTarget,
} from '../../core/deploy/function-spec.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { FunctionService } from '../../core/ports/lambda.js';
import { isAwsError } from '../client/aws-error.js';
import type { AwsConnection } from '../client/connection.js';
import { CodeUpload, EMPTY_FUNCTION } from './code-upload.js';
import { toFunctionState } from './function-state.js';
import { waitUntilDeleted, waitUntilReady, whenRoleAssumable, whenUpdatable } from './function-waits.js';
import { LambdaService } from './lambda-service.js';

type Field = FieldChange['field'];
const CONFIGURATION_FIELDS: readonly Field[] = [
  'handler',
  'runtime',
  'role',
  'memory',
  'timeout',
  'environment',
];

/** Functions on AWS Lambda. */
export class LambdaFunctions implements FunctionService {
  private readonly service: LambdaService;
  private readonly code: CodeUpload;

  /**
   * @param bucketName the bucket in the same region through which large archives go
   * @param process shows in their keys whose they are
   */
  constructor(connection: AwsConnection, bucketName: string, process: ProcessIdentity) {
    this.service = new LambdaService(connection);
    this.code = new CodeUpload(connection, bucketName, process);
  }

  find(name: string): Promise<FunctionState | undefined> {
    return this.service.request(`look up function ${name}`, async () => {
      const found = await this.service.get(name);
      if (found?.Configuration?.State !== 'Deleting') return found && toFunctionState(name, found);
      await waitUntilDeleted(this.service, name);
      return undefined;
    });
  }

  exists(name: string): Promise<boolean> {
    return this.service.request(`look up function ${name}`, async () => {
      try {
        return (await this.service.get(name)) !== undefined;
      } catch (error) {
        if (isAwsError(error, 'AccessDeniedException', 'AccessDenied')) return true;
        throw error;
      }
    });
  }

  list(): Promise<string[]> {
    return this.service.request('list functions', async () => {
      const arns: string[] = [];
      for await (const page of paginateListFunctions({ client: this.service.client }, {})) {
        for (const { FunctionArn } of page.Functions ?? [])
          if (FunctionArn !== undefined) arns.push(FunctionArn);
      }
      return arns;
    });
  }

  create(spec: FunctionSpec): Promise<boolean> {
    const target = functionTarget(spec, undefined);
    const { environment = {}, tags } = target;
    const { client } = this.service;
    return this.request(`create function ${spec.name}`, spec, undefined, async () => {
      try {
        const created = await this.code.use(spec, (Code) => {
          const command = new CreateFunctionCommand({
            FunctionName: spec.name,
            Handler: spec.handler,
            Runtime: spec.runtime as Runtime,
            Role: spec.role.arn,
            Code,
            Timeout: target.timeout,
            MemorySize: target.memory,
            Architectures: [target.architecture],
            ...(Object.keys(environment).length > 0 && { Environment: { Variables: { ...environment } } }),
            ...(Object.keys(tags).length > 0 && { Tags: { ...tags } }),
          });
          return whenRoleAssumable(this.service, spec.role, () =>
            this.service.change(() => client.send(command)),
          );
        });
        checkStored(spec, created);
        await waitUntilReady(this.service, spec.name, 'created', created);
        return true;
      } catch (error) {
        if (isAwsError(error, 'ResourceConflictException') && /already exist/i.test(error.message))
          return false;
        throw error;
      }
    });
  }

  async update(spec: FunctionSpec, current: FunctionState, changes: readonly FieldChange[]): Promise<void> {
    const fields = new Set(changes.map(({ field }) => field));
    if (current.status === 'busy') await this.whenReady(spec.name);
    const steps = [
      () => this.updateCode(spec, current, fields),
      () => this.updateConfiguration(spec, current, fields),
    ];
    // AWS judges new code by the runtime that the function has: one that is retired has to go first.
    if (fields.has('runtime')) steps.reverse();
    for (const step of steps) await step();
    await this.updateTags(spec, current, fields);
  }

  checkCodeUpdate(current: FunctionState, changes: readonly FieldChange[]): Promise<void> {
    const { name } = current;
    const isRuntimeChanged = changes.some(({ field }) => field === 'runtime');
    return this.service.request(`update the code of function ${name}`, async () => {
      try {
        // Only permissions and the state of the function are of interest: that needs no upload of the real code.
        const command = new UpdateFunctionCodeCommand({
          FunctionName: name,
          DryRun: true,
          ZipFile: EMPTY_FUNCTION,
        });
        await whenUpdatable(this.service, name, () => this.service.client.send(command));
      } catch (error) {
        // The runtime that the function has may be retired: it is replaced before the code.
        if (!isRuntimeChanged || !isAwsError(error, 'InvalidParameterValueException')) throw error;
      }
    });
  }

  async whenReady(name: string): Promise<void> {
    await this.service.request(`wait for function ${name}`, () => waitUntilReady(this.service, name, 'none'));
  }

  private async updateCode(
    spec: FunctionSpec,
    current: FunctionState,
    fields: ReadonlySet<Field>,
  ): Promise<void> {
    if (!fields.has('code') && !fields.has('architecture')) return;
    const { name } = spec;
    const { architecture } = functionTarget(spec, current);
    await this.request(`update the code of function ${name}`, spec, current, async () => {
      const updated = await this.code.use(spec, (code) => {
        const command = new UpdateFunctionCodeCommand({
          FunctionName: name,
          ...(fields.has('architecture') && { Architectures: [architecture] }),
          ...code,
        });
        return whenUpdatable(this.service, name, () => this.service.client.send(command));
      });
      checkStored(spec, updated);
      await waitUntilReady(this.service, name, 'updated', updated);
    });
  }

  private async updateConfiguration(
    spec: FunctionSpec,
    current: FunctionState,
    fields: ReadonlySet<Field>,
  ): Promise<void> {
    if (!CONFIGURATION_FIELDS.some((field) => fields.has(field))) return;
    const { name, role } = spec;
    const target = functionTarget(spec, current);
    // Only what differs is sent: to name a role needs a permission, and a retired runtime must not be named.
    const command = new UpdateFunctionConfigurationCommand({
      FunctionName: name,
      ...(fields.has('handler') && { Handler: spec.handler }),
      ...(fields.has('runtime') && { Runtime: spec.runtime as Runtime }),
      ...(fields.has('role') && { Role: role.arn }),
      ...(fields.has('timeout') && { Timeout: target.timeout }),
      ...(fields.has('memory') && { MemorySize: target.memory }),
      ...(fields.has('environment') && { Environment: { Variables: { ...target.environment } } }),
    });
    await this.request(`update the configuration of function ${name}`, spec, current, async () => {
      const updated = await whenRoleAssumable(this.service, role, () =>
        whenUpdatable(this.service, name, () => this.service.client.send(command)),
      );
      await waitUntilReady(this.service, name, 'updated', updated);
    });
  }

  private async updateTags(
    spec: FunctionSpec,
    current: FunctionState,
    fields: ReadonlySet<Field>,
  ): Promise<void> {
    if (!fields.has('tags')) return;
    const command = new TagResourceCommand({
      Resource: current.arn,
      Tags: { ...functionTarget(spec, current).tags },
    });
    await this.service.request(`tag function ${spec.name}`, () =>
      this.service.change(() => this.service.client.send(command)),
    );
  }

  /** Sends requests that contain environment variables, which AWS may repeat in messages. */
  private request<T>(
    action: string,
    { settings }: FunctionSpec,
    current: FunctionState | undefined,
    send: () => Promise<T>,
  ): Promise<T> {
    const variables = [current?.environment, settings.environment];
    return this.service.request(
      action,
      send,
      variables.flatMap((values) => Object.values(values ?? {})),
    );
  }
}

/** @throws AppsctlError SERVICE when AWS has other code than the one that was validated */
function checkStored({ name, code }: FunctionSpec, { CodeSha256 }: FunctionConfiguration): void {
  if (CodeSha256 === code.sha256Base64) return;
  throw new AppsctlError('SERVICE', `AWS stored other code for function ${name} than was uploaded`, {
    hint: 'somebody may have replaced it on the way: check who can write to functions/ in the bucket, then deploy again with --update',
  });
}
