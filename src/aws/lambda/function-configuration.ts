import type { UpdateFunctionConfigurationCommandInput } from '@aws-sdk/client-lambda';
import type { FunctionField } from '../../core/deploy/function-changes.js';
import { type FunctionTarget, NEW_FUNCTION } from '../../core/deploy/function-spec.js';

/** The settings in a request, without those that other requests set. */
type Configuration = Omit<UpdateFunctionConfigurationCommandInput, 'FunctionName'>;

/**
 * Converts settings for a request that creates or updates a function.
 *
 * @param isSent selects the settings
 */
export function toConfiguration(
  target: FunctionTarget,
  isSent: (field: FunctionField & keyof FunctionTarget) => boolean,
): Configuration {
  const { subnets, securityGroups } = target.vpc;
  return {
    ...(isSent('timeout') && { Timeout: target.timeout }),
    ...(isSent('memory') && { MemorySize: target.memory }),
    ...(isSent('environment') && { Environment: { Variables: { ...target.environment } } }),
    ...(isSent('ephemeralStorage') && { EphemeralStorage: { Size: target.ephemeralStorage } }),
    ...(isSent('vpc') && { VpcConfig: { SubnetIds: [...subnets], SecurityGroupIds: [...securityGroups] } }),
    ...(isSent('layers') && { Layers: [...target.layers] }),
    ...(isSent('tracing') && {
      TracingConfig: { Mode: target.tracing === 'active' ? 'Active' : 'PassThrough' },
    }),
  };
}

/** Converts the settings of a new function, without those that are AWS's defaults. */
export function configurationOfNew(target: FunctionTarget): Configuration {
  const isOfAws = (field: keyof FunctionTarget): boolean =>
    JSON.stringify(target[field]) === JSON.stringify(NEW_FUNCTION[field]);
  // The defaults of these two are not those of AWS.
  return toConfiguration(target, (field) => field === 'memory' || field === 'timeout' || !isOfAws(field));
}
