import {
  environmentProblem,
  isWithin,
  MEMORY_LIMITS,
  TIMEOUT_LIMITS,
  tagsProblem,
  variableNameProblem,
} from '../aws/function-limits.js';
import { ARCHITECTURES, TRACING_MODES, type VpcSettings } from './function-spec.js';

/** Megabytes. Source: https://docs.aws.amazon.com/lambda/latest/api/API_EphemeralStorage.html */
export const EPHEMERAL_STORAGE_LIMITS = { min: 512, max: 10_240 } as const;

/**
 * Days. Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
 */
export const LOG_RETENTION_DAYS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/**
 * Sources: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, and the layers of
 * https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
 */
export const LAYER_RULES = {
  max: 5,
  pattern: /^arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+$/,
} as const;

/** Source: https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfig.html */
export const VPC_RULES = {
  subnets: { max: 16, pattern: /^subnet-[0-9a-z]+$/, form: 'subnet-…' },
  securityGroups: { max: 5, pattern: /^sg-[0-9a-zA-Z]+$/, form: 'sg-…' },
} as const;

/**
 * Validates the settings of functions. Each check returns what is wrong with a value, to be put after the place of the
 * setting and a colon; undefined for what AWS accepts. Values of variables and tags are never repeated.
 */
export const SETTING_RULES = {
  memory: (value: number) => integerProblem(value, MEMORY_LIMITS),
  timeout: (value: number) => integerProblem(value, TIMEOUT_LIMITS),
  ephemeralStorage: (value: number) => integerProblem(value, EPHEMERAL_STORAGE_LIMITS),
  architecture: (value: string) => choiceProblem(value, ARCHITECTURES),
  tracing: (value: string) => choiceProblem(value, TRACING_MODES),
  logRetention: (value: number) => choiceProblem(value, LOG_RETENTION_DAYS),
  vpc: vpcProblem,
  layers: layersProblem,
  env: environmentProblem,
  requiredEnv: requiredEnvProblem,
  tags: tagsProblem,
} as const;

function integerProblem(
  value: number,
  limits: { readonly min: number; readonly max: number },
): string | undefined {
  return isWithin(value, limits)
    ? undefined
    : `${JSON.stringify(value)} is not an integer from ${limits.min} to ${limits.max}`;
}

function choiceProblem<Value>(value: Value, choices: readonly Value[]): string | undefined {
  if (choices.includes(value)) return undefined;
  const [last, ...others] = [...choices].reverse();
  return `${JSON.stringify(value)} is not ${others.reverse().join(', ')} or ${last}`;
}

function vpcProblem(vpc: VpcSettings): string | undefined {
  for (const name of ['subnets', 'securityGroups'] as const) {
    const { max, pattern, form } = VPC_RULES[name];
    const ids = vpc[name];
    if (ids.length > max) return `there are ${ids.length} ${name}, over the limit of ${max}`;
    const problem = findDuplicate(ids);
    if (problem !== undefined) return problem;
    const invalid = ids.find((id) => !pattern.test(id));
    if (invalid !== undefined) return `${JSON.stringify(invalid)} in ${name} does not have the form ${form}`;
  }
  const [first, second] =
    vpc.subnets.length === 0 ? ['subnets', 'securityGroups'] : ['securityGroups', 'subnets'];
  return (vpc.subnets.length === 0) === (vpc.securityGroups.length === 0)
    ? undefined
    : `${first} is empty, and ${second} is not: a VPC needs both, and no VPC needs neither`;
}

function layersProblem(layers: readonly string[]): string | undefined {
  if (layers.length > LAYER_RULES.max)
    return `there are ${layers.length} layers, over the limit of ${LAYER_RULES.max} for a function`;
  const invalid = layers.find((arn) => !LAYER_RULES.pattern.test(arn));
  return invalid === undefined
    ? findDuplicate(layers)
    : `${JSON.stringify(invalid)} is not the ARN of a layer version, such as arn:aws:lambda:us-east-1:111122223333:layer:my-layer:1`;
}

function requiredEnvProblem(names: readonly string[]): string | undefined {
  return names.map(variableNameProblem).find((problem) => problem !== undefined);
}

function findDuplicate(items: readonly string[]): string | undefined {
  const twice = items.find((item, index) => items.indexOf(item) !== index);
  return twice === undefined ? undefined : `${JSON.stringify(twice)} appears twice`;
}
