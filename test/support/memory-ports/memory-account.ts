import { readPartialBundle } from '../../../src/bundle/open-bundle.js';
import { type FunctionSettings, NO_SETTINGS } from '../../../src/core/deploy/function-spec.js';
import type { DeploySettings } from '../../../src/core/deploy/plan.js';
import type { AppsctlEvent } from '../../../src/core/diagnostics/event.js';
import { LIBRARY_VOCABULARY } from '../../../src/core/diagnostics/vocabulary.js';
import { evaluateGrant, INVOKE_GRANT } from '../../../src/core/policy/policy-grants.js';
import { initialInvokePolicy } from '../../../src/core/policy/policy-templates.js';
import { prepareDeployment } from '../../../src/operations/deploy/deploy.js';
import type { DeployPorts } from '../../../src/operations/deploy/ports.js';
import { MemorySource } from '../../../src/zip/byte-source.js';
import { functionArchive, manifest, zip } from '../bundle.js';
import { MemoryBucket } from './memory-bucket.js';
import { machine, waitContext } from './memory-context.js';
import { MemoryFunctions } from './memory-functions.js';
import { MemoryLogs } from './memory-logs.js';
import { MemoryMattermost } from './memory-mattermost.js';
import { MemoryPolicies } from './memory-policies.js';

export const POLICY_ARN = 'arn:aws:iam::123456789012:policy/p';
export const LOCK_KEY = 'locks/p.json';
/** The Lambda name and the ARN of the function in {@link bundleBytes}. */
export const FUNCTION = 'com-example-test_1-0-0_go';
export const FUNCTION_ARN = `arn:aws:lambda:us-east-1:123456789012:function:${FUNCTION}`;
export const ASSET_PREFIX = 'static/com.example.test_1.0.0_app/';
export const MANIFEST_KEY = 'manifests/com.example.test_1.0.0.json';

/** The bytes of a bundle with one function and two assets. */
export async function bundleBytes(
  content: Readonly<Record<string, unknown>> = manifest(),
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<Buffer> {
  return zip({
    'manifest.json': JSON.stringify(content),
    'go.zip': await functionArchive(),
    'static/a.txt': 'a',
    'static/b.txt': 'b',
    ...files,
  });
}

/** A manifest with these functions. */
export function manifestWithFunctions(
  names: readonly string[],
  changes: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const functions = names.map((name) => ({
    path: `/${name}`,
    name,
    handler: 'index.handler',
    runtime: 'nodejs22.x',
    ...changes,
  }));
  return manifest({ aws_lambda: { functions } });
}

/** An account in memory that is ready for deployments, and deployments to it. */
export function memoryAccount(options: { signal?: AbortSignal; hasMattermost?: boolean } = {}) {
  const policies = new MemoryPolicies();
  policies.put(POLICY_ARN, initialInvokePolicy('bucket', 'aws'), [{ kind: 'group', name: 'g' }]);
  const functions = new MemoryFunctions();
  const bucket = new MemoryBucket();
  const logs = new MemoryLogs();
  const mattermost = new MemoryMattermost();
  const context = waitContext(options.signal);
  /** All changes, in order. */
  const changes: string[] = [];
  let beforeChange: (change: string) => void = () => {};
  for (const port of [policies, functions, logs, bucket, mattermost]) {
    port.beforeChange = (change) => {
      beforeChange(change);
      changes.push(change);
    };
  }
  const role = { arn: 'arn:aws:iam::123456789012:role/role', createdAt: 0, trustPolicy: undefined };
  let pid = 0;
  const ports: DeployPorts = {
    roles: { findRole: async (name) => (name === 'role' ? role : undefined) },
    policies,
    openFunctions: async () => functions,
    openLogs: async () => logs,
    openBucket: async () => bucket,
    openMattermost: async () => (options.hasMattermost === true ? mattermost : undefined),
    likelyAccount: undefined,
    process: machine('here', 1),
    vocabulary: LIBRARY_VOCABULARY,
    ...context,
  };
  /** Each deployment is a process of its own. */
  const plan = async (
    bytes: Uint8Array,
    flags: Partial<DeploySettings> = {},
    values: Partial<FunctionSettings> = {},
    portChanges: Partial<DeployPorts> = {},
  ) =>
    prepareDeployment(
      () => readPartialBundle('app.zip', new MemorySource(bytes)),
      deploySettings(flags, values),
      {
        ...ports,
        process: machine('here', ++pid),
        ...portChanges,
      },
    );
  return {
    ...{ policies, functions, logs, bucket, mattermost, changes, ports, plan },
    events: context.events,
    clock: context.clock,
    deploy: async (...args: Parameters<typeof plan>) => (await plan(...args)).apply(),
    /** Registers what is called before each change: it may make a concurrent change, or throw. */
    onChange: (hook: (change: string) => void) => {
      beforeChange = hook;
    },
    isAllowed: () =>
      evaluateGrant([policies.readDocument(POLICY_ARN)], INVOKE_GRANT, FUNCTION_ARN) === 'allowed',
  };
}

export function deploySettings(
  flags: Partial<DeploySettings> = {},
  values: Partial<FunctionSettings> = {},
): DeploySettings {
  return {
    ...{ update: false, install: false, migrateRuntimes: false, region: 'us-east-1' },
    ...{ policyName: 'p', executionRoleName: 'role', now: Date.parse('2026-11-21') },
    ...{ functions: { all: { ...NO_SETTINGS, ...values }, byName: new Map() }, freshSettings: false },
    ...flags,
  };
}

/** The warnings among events, with their locations. */
export function warnings(events: readonly AppsctlEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.type === 'warning') return [event.message];
    return event.type === 'finding' && event.finding.severity === 'warning'
      ? [`${event.finding.location} ${event.finding.message}`]
      : [];
  });
}
