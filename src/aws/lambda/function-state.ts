import type { FunctionConfiguration, GetFunctionCommandOutput } from '@aws-sdk/client-lambda';
import { defaultLogGroup } from '../../core/aws/resource-names.js';
import { type FunctionState, NEW_FUNCTION } from '../../core/deploy/function-spec.js';
import type { FunctionDetails } from '../../core/ports/lambda.js';
import { toFailureReason } from './function-waits.js';

/** Converts the response of GetFunction. */
export function toFunctionState(
  name: string,
  { Configuration, Tags, TagsError }: GetFunctionCommandOutput,
): FunctionState {
  const configuration = Configuration ?? {};
  const { FunctionArn, Handler, Runtime, Role, CodeSha256, MemorySize, Timeout } = configuration;
  const { Architectures, Environment, State, LastUpdateStatus } = configuration;
  const isBusy = State === 'Pending' || LastUpdateStatus === 'InProgress';
  const error = Environment?.Error;
  return {
    arn: FunctionArn ?? '',
    name,
    handler: Handler ?? '',
    runtime: Runtime ?? '',
    roleArn: Role ?? '',
    codeSha256: CodeSha256 ?? '',
    memory: MemorySize ?? 0,
    timeout: Timeout ?? 0,
    architecture: Architectures?.[0] ?? 'x86_64',
    environment: error === undefined ? (Environment?.Variables ?? {}) : undefined,
    environmentError: error && (error.Message ?? error.ErrorCode ?? 'AWS did not give a reason'),
    tags: TagsError === undefined ? (Tags ?? {}) : undefined,
    ...toSettings(name, configuration),
    // It is not part of a function: see LogService.
    logRetention: undefined,
    status: State === 'Failed' ? 'failed' : isBusy ? 'busy' : 'ready',
    failure: State === 'Failed' ? toFailureReason(configuration, false) : undefined,
    updateFailure: LastUpdateStatus === 'Failed' ? toFailureReason(configuration, true) : undefined,
  };
}

/** Converts the response of GetFunction, with what no deployment needs. */
export function toFunctionDetails(name: string, response: GetFunctionCommandOutput): FunctionDetails {
  const configuration = response.Configuration ?? {};
  // Services that are compatible with AWS may leave the state out.
  const { State: state = 'Active', LastUpdateStatus, CodeSize = 0, LastModified = '' } = configuration;
  return {
    ...toFunctionState(name, response),
    state,
    stateReason: state === 'Active' ? undefined : toFailureReason(configuration, false),
    isUpdating: LastUpdateStatus === 'InProgress',
    codeSize: CodeSize,
    lastModified: Date.parse(LastModified) || 0,
  };
}

function toSettings(
  name: string,
  { EphemeralStorage, VpcConfig, Layers = [], TracingConfig, LoggingConfig }: FunctionConfiguration,
): Pick<FunctionState, 'ephemeralStorage' | 'vpc' | 'layers' | 'tracing' | 'logGroup'> {
  const { SubnetIds: subnets = [], SecurityGroupIds: securityGroups = [] } = VpcConfig ?? {};
  return {
    ephemeralStorage: EphemeralStorage?.Size ?? NEW_FUNCTION.ephemeralStorage,
    vpc: { subnets, securityGroups },
    layers: Layers.flatMap(({ Arn }) => Arn ?? []),
    tracing: TracingConfig?.Mode === 'Active' ? 'active' : 'pass-through',
    logGroup: LoggingConfig?.LogGroup ?? defaultLogGroup(name),
  };
}
