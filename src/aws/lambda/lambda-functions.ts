import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  type FunctionConfiguration,
  paginateListFunctions,
  type Runtime,
  TagResourceCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { ProcessIdentity } from '../../core/async/process-identity.js';
import { type FieldChange, type FunctionField, hasChangeOf } from '../../core/deploy/function-changes.js';
import { type FunctionSpec, type FunctionState, functionTarget } from '../../core/deploy/function-spec.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { FunctionDetails, FunctionService } from '../../core/ports/lambda.js';
import { isAwsError } from '../client/aws-error.js';
import { collect } from '../client/collect.js';
import type { AwsConnection } from '../client/connection.js';
import { CodeUpload, SMALLEST_ARCHIVE } from './code-upload.js';
import { configurationOfNew, toConfiguration } from './function-configuration.js';
import { toFunctionDetails, toFunctionState } from './function-state.js';
import {
  waitUntilDeleted,
  waitUntilReady,
  whenDeletable,
  whenRoleAssumable,
  whenUpdatable,
} from './function-waits.js';
import { LambdaService } from './lambda-service.js';

/** Functions on AWS Lambda. */
export class LambdaFunctions implements FunctionService {
  private readonly service: LambdaService;
  private readonly upload: CodeUpload;

  /**
   * @param bucketName a bucket in the same region, through which large archives are uploaded
   * @param process identifies this process in the keys of the uploads
   */
  constructor(connection: AwsConnection, bucketName: string, process: ProcessIdentity) {
    this.service = new LambdaService(connection);
    this.upload = new CodeUpload(connection, bucketName, process);
  }

  find(name: string): Promise<FunctionState | undefined> {
    return this.service.request(`look up function ${name}`, async () => {
      const found = await this.service.get(name);
      if (found?.Configuration?.State !== 'Deleting') return found && toFunctionState(name, found);
      await waitUntilDeleted(this.service, name);
      return undefined;
    });
  }

  describe(name: string): Promise<FunctionDetails | undefined> {
    return this.service.request(`look up function ${name}`, async () => {
      const found = await this.service.get(name);
      return found && toFunctionDetails(name, found);
    });
  }

  exists(name: string): Promise<boolean> {
    return this.service.request(`look up function ${name}`, async () => {
      try {
        return (await this.service.get(name)) !== undefined;
      } catch (error) {
        if (isAwsError(error, 'AccessDenied')) return true;
        throw error;
      }
    });
  }

  list(): Promise<string[]> {
    return this.service.request('list functions', () =>
      collect(paginateListFunctions({ client: this.service.client }, {}), ({ Functions }) =>
        Functions?.map(({ FunctionArn }) => FunctionArn),
      ),
    );
  }

  /** Returns the names of the functions that use a role. */
  namesWithRole(roleArn: string): Promise<string[]> {
    return this.service.request('list functions', () =>
      collect(paginateListFunctions({ client: this.service.client }, {}), ({ Functions }) =>
        Functions?.map(({ FunctionName, Role }) => (Role === roleArn ? FunctionName : undefined)),
      ),
    );
  }

  create(spec: FunctionSpec): Promise<boolean> {
    const target = functionTarget(spec, undefined);
    const { client } = this.service;
    return this.request(`create function ${spec.name}`, spec, undefined, async () => {
      try {
        const created = await this.upload.withCode(spec, (Code) => {
          const command = new CreateFunctionCommand({
            FunctionName: spec.name,
            Handler: spec.handler,
            Runtime: spec.runtime as Runtime,
            Role: spec.role.arn,
            Code,
            Architectures: [target.architecture],
            ...configurationOfNew(target),
            ...(Object.keys(target.tags).length > 0 && { Tags: { ...target.tags } }),
          });
          return whenRoleAssumable(this.service, spec.role, () =>
            this.service.change(() => client.send(command)),
          );
        });
        assertStoredCode(spec, created);
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
    const steps: (() => Promise<void>)[] = [];
    if (hasChangeOf(changes, 'code')) steps.push(() => this.updateCode(spec, current, fields));
    if (hasChangeOf(changes, 'configuration')) {
      steps.push(() => this.updateConfiguration(spec, current, fields));
    }
    // AWS validates new code against the current runtime of the function, which must be replaced first if it is retired.
    if (fields.has('runtime')) steps.reverse();
    for (const step of steps) await step();
    if (hasChangeOf(changes, 'tags')) await this.updateTags(spec, current);
  }

  checkCodeUpdate(current: FunctionState, changes: readonly FieldChange[]): Promise<void> {
    const { name } = current;
    const isRuntimeChanged = changes.some(({ field }) => field === 'runtime');
    return this.service.request(`update the code of function ${name}`, async () => {
      try {
        // Checks only the permissions and the state of the function, so any code will do.
        const command = new UpdateFunctionCodeCommand({
          FunctionName: name,
          DryRun: true,
          ZipFile: SMALLEST_ARCHIVE,
        });
        await whenUpdatable(this.service, name, () => this.service.client.send(command));
      } catch (error) {
        // The current runtime may be retired. It is replaced before the code.
        if (!isRuntimeChanged || !isAwsError(error, 'InvalidParameterValueException')) throw error;
      }
    });
  }

  delete(name: string): Promise<boolean> {
    return this.service.request(`delete function ${name}`, async () => {
      const command = new DeleteFunctionCommand({ FunctionName: name });
      const isDeleted = await whenDeletable(this.service, name, () => this.service.client.send(command));
      if (isDeleted) await waitUntilDeleted(this.service, name);
      return isDeleted;
    });
  }

  async whenReady(name: string): Promise<void> {
    await this.service.request(`wait for function ${name}`, () => waitUntilReady(this.service, name, 'none'));
  }

  private async updateCode(
    spec: FunctionSpec,
    current: FunctionState,
    fields: ReadonlySet<FunctionField>,
  ): Promise<void> {
    const { name } = spec;
    const { architecture } = functionTarget(spec, current);
    await this.request(`update the code of function ${name}`, spec, current, async () => {
      const updated = await this.upload.withCode(spec, (code) => {
        const command = new UpdateFunctionCodeCommand({
          FunctionName: name,
          ...(fields.has('architecture') && { Architectures: [architecture] }),
          ...code,
        });
        return whenUpdatable(this.service, name, () => this.service.client.send(command));
      });
      assertStoredCode(spec, updated);
      await waitUntilReady(this.service, name, 'updated', updated);
    });
  }

  private async updateConfiguration(
    spec: FunctionSpec,
    current: FunctionState,
    fields: ReadonlySet<FunctionField>,
  ): Promise<void> {
    const { name, role } = spec;
    const target = functionTarget(spec, current);
    // Sends only what differs: sending a role requires iam:PassRole, and AWS rejects a retired runtime.
    const command = new UpdateFunctionConfigurationCommand({
      FunctionName: name,
      ...(fields.has('handler') && { Handler: spec.handler }),
      ...(fields.has('runtime') && { Runtime: spec.runtime as Runtime }),
      ...(fields.has('role') && { Role: role.arn }),
      ...toConfiguration(target, (field) => fields.has(field)),
    });
    await this.request(`update the configuration of function ${name}`, spec, current, async () => {
      const updated = await whenRoleAssumable(this.service, role, () =>
        whenUpdatable(this.service, name, () => this.service.client.send(command)),
      );
      await waitUntilReady(this.service, name, 'updated', updated);
    });
  }

  private async updateTags(spec: FunctionSpec, current: FunctionState): Promise<void> {
    const command = new TagResourceCommand({
      Resource: current.arn,
      Tags: { ...functionTarget(spec, current).tags },
    });
    await this.service.request(`tag function ${spec.name}`, () =>
      this.service.change(() => this.service.client.send(command)),
    );
  }

  /** Sends requests with environment variables, which AWS may repeat in error messages. */
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

/** @throws AppsctlError SERVICE when the code on AWS is not the code of the bundle */
function assertStoredCode({ name, code }: FunctionSpec, { CodeSha256 }: FunctionConfiguration): void {
  if (CodeSha256 === code.sha256Base64) return;
  throw new AppsctlError(
    'SERVICE',
    `the code that AWS stored for function ${name} is not the code that was uploaded`,
    {
      hint: ({ update }) =>
        `check who can write to functions/ in the bucket, where the upload may have been replaced, then deploy again with ${update}`,
    },
  );
}
