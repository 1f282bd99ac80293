import {
  type FunctionSpec,
  type FunctionState,
  functionTarget,
  type Variables,
  type VpcSettings,
} from './function-spec.js';

/** The fields of a function that a deployment sets, by the kind of request that updates them. */
const FUNCTION_FIELDS = {
  code: ['code', 'architecture'],
  configuration: [
    'handler',
    'runtime',
    'role',
    'memory',
    'timeout',
    'environment',
    'ephemeralStorage',
    'vpc',
    'layers',
    'tracing',
  ],
  tags: ['tags'],
  logs: ['logRetention'],
} as const;
/** The kind of request that updates a field. */
export type FieldKind = keyof typeof FUNCTION_FIELDS;
export type FunctionField = (typeof FUNCTION_FIELDS)[FieldKind][number];

/** A field of a function that differs from its desired state. */
export interface FieldChange {
  readonly field: FunctionField;
  /** A description for users; never contains the value of an environment variable or tag. */
  readonly detail: string;
  /** True when the current value cannot be read, so that the field may be equal. */
  readonly isUncertain?: boolean;
}

/**
 * Compares a function with its desired state, field by field.
 *
 * @returns the fields that differ; empty when the function is up to date
 */
export function functionChanges(spec: FunctionSpec, current: FunctionState): FieldChange[] {
  const target = functionTarget(spec, current);
  const changes: FieldChange[] = [];
  const compare = (field: FunctionField, from: string | number, to: string | number, unit = ''): void => {
    if (from !== to) {
      changes.push({ field, detail: `${FIELD_NAMES[field] ?? field} ${from}${unit} -> ${to}${unit}` });
    }
  };
  const compareLists = (field: FunctionField, from: readonly string[], to: readonly string[]): void => {
    const difference = describeList(from, to);
    if (difference !== '') changes.push({ field, detail: `${FIELD_NAMES[field] ?? field} (${difference})` });
  };
  if (spec.code.sha256Base64 !== current.codeSha256) changes.push({ field: 'code', detail: 'code' });
  compare('handler', current.handler, spec.handler);
  compare('runtime', current.runtime, spec.runtime);
  compare('role', current.roleArn, spec.role.arn);
  compare('memory', current.memory, target.memory, ' MB');
  compare('timeout', current.timeout, target.timeout, ' s');
  compare('architecture', current.architecture, target.architecture);
  compare('ephemeralStorage', current.ephemeralStorage, target.ephemeralStorage, ' MB');
  compareLists('vpc', vpcIds(current.vpc), vpcIds(target.vpc));
  compareLists('layers', current.layers, target.layers);
  compare('tracing', current.tracing, target.tracing);
  compare('logRetention', describeRetention(current.logRetention), describeRetention(target.logRetention));
  if (target.environment !== undefined) {
    const difference = describeDifferences(current.environment, target.environment);
    if (difference !== '') changes.push({ field: 'environment', detail: `environment (${difference})` });
  }
  if (Object.keys(target.tags).length > 0) {
    changes.push(
      current.tags === undefined
        ? {
            field: 'tags',
            detail: `tags (sets ${joinNames(target.tags)}; lambda:ListTags is needed to see whether they differ)`,
            isUncertain: true,
          }
        : {
            field: 'tags',
            detail: `tags (${describeDifferences(current.tags, { ...current.tags, ...target.tags })})`,
          },
    );
  }
  return changes;
}

/** The names of fields in messages, where they differ. */
const FIELD_NAMES: Partial<Record<FunctionField, string>> = {
  ephemeralStorage: 'ephemeral storage',
  vpc: 'VPC',
  logRetention: 'log retention',
};

/** The IDs of a VPC, in an order that does not depend on the one in which they are given. */
export function vpcIds({ subnets, securityGroups }: VpcSettings): string[] {
  return [...[...subnets].sort(), ...[...securityGroups].sort()];
}

/** @param days undefined for logs that never expire */
export function describeRetention(days: number | undefined): string {
  if (days === undefined) return 'unlimited';
  return days === 1 ? '1 day' : `${days} days`;
}

/** Describes how a list differs from another, as in `adds A; removes B`; empty when it does not. */
function describeList(from: readonly string[], to: readonly string[]): string {
  const added = to.filter((item) => !from.includes(item)).join(', ');
  const removed = from.filter((item) => !to.includes(item)).join(', ');
  if (added === '' && removed === '') return from.join() === to.join() ? '' : `in the order ${to.join(', ')}`;
  return [added && `adds ${added}`, removed && `removes ${removed}`].filter(Boolean).join('; ');
}

/** Whether fields of a kind are among the changes. */
export function hasChangeOf(changes: readonly FieldChange[], kind: FieldKind): boolean {
  const fields: readonly FunctionField[] = FUNCTION_FIELDS[kind];
  return changes.some(({ field }) => fields.includes(field));
}

/** Describes changes by name, as in `adds A; changes B; removes C`: values may be secrets. */
function describeDifferences(from: Variables | undefined, to: Variables): string {
  if (from === undefined) return `replaces all with ${joinNames(to) || 'none'}`;
  const added = joinNames(to, (name) => !Object.hasOwn(from, name));
  const changed = joinNames(to, (name) => Object.hasOwn(from, name) && from[name] !== to[name]);
  const removed = joinNames(from, (name) => !Object.hasOwn(to, name));
  return [added && `adds ${added}`, changed && `changes ${changed}`, removed && `removes ${removed}`]
    .filter(Boolean)
    .join('; ');
}

/** The names of variables or tags, sorted. */
export function joinNames(variables: Variables, predicate: (name: string) => boolean = () => true): string {
  return Object.keys(variables).filter(predicate).sort().join(', ');
}
