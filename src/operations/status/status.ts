import type { OpenPartialBundle } from '../../bundle/open-bundle.js';
import { settleAll } from '../../core/async/concurrency.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import type { AppVersion } from '../../core/inventory/app-version.js';
import { findInvokeProblems, findPolicyProblems, type Scope } from '../../core/inventory/policy-problems.js';
import {
  findServerProblems,
  findVersionProblems,
  type Problem,
  type VersionProblem,
} from '../../core/inventory/problems.js';
import type { StatusReport } from '../../core/inventory/status-report.js';
import type { AppReference } from '../../core/manifest/app-reference.js';
import type { InvokePolicies } from '../../core/policy/invoke-policies.js';
import type { PolicyService } from '../../core/ports/iam.js';
import type { FunctionService } from '../../core/ports/lambda.js';
import type { ObjectScanner, ObjectStore } from '../../core/ports/s3.js';
import { type VerifiedBundle, verifyForDeploy } from '../deploy/verify-for-deploy.js';
import { type Inventory, type InventoryPorts, readInventory } from '../inventory/read-inventory.js';
import { UncheckedParts } from '../inventory/unchecked-parts.js';
import { readInvokePolicies } from '../invoke-access/read-policies.js';
import { compareWithBundle } from './compare-bundle.js';
import { findLeftovers } from './leftovers.js';

/** What a status is read through. */
export interface StatusPorts extends InventoryPorts {
  readonly bucket: ObjectScanner & ObjectStore;
  readonly functions: Pick<FunctionService, 'describe' | 'list'>;
  readonly policies: PolicyService;
  /** The caller's names of options and commands. */
  readonly vocabulary: Vocabulary;
}

/** What is checked. */
export interface StatusRequest extends Scope {
  /** An app, or a version of it; undefined for all apps, and what belongs to none. */
  readonly reference: AppReference | undefined;
  readonly policyName: string;
  /** The bundle that the version is compared with. */
  readonly bundle: OpenPartialBundle | undefined;
}

/**
 * Checks whether what is deployed is as it should be. Reads only, and goes on without what it may not read.
 *
 * @throws AppsctlError NOT_FOUND for an app or a version that is not deployed, INVALID_BUNDLE, USAGE for the bundle of
 *   another app; the errors of the ports, except for a missing permission for a part
 */
export async function checkStatus(ports: StatusPorts, request: StatusRequest): Promise<StatusReport> {
  const unchecked = new UncheckedParts(ports.vocabulary);
  const { bundle, policyName } = request;
  const settings = { now: ports.clock.now(), migrateRuntimes: false };
  const verified = bundle && (await verifyForDeploy(bundle, settings, ports));
  const reference = verified === undefined ? request.reference : referenceTo(verified, request.reference);
  const [inventory, policies, functionArns] = await settleAll(
    readInventory(ports, reference, unchecked),
    unchecked.unlessDenied('invoke policies', readPolicies(ports, request)),
    reference === undefined
      ? unchecked.unlessDenied('other functions', ports.functions.list())
      : Promise.resolve(undefined),
  );
  const different = verified && (await unchecked.unlessDenied('bundle', compareWithBundle(verified, ports)));
  const existing = policies === 'missing' ? undefined : policies;
  const onServer = expectedOnServer(inventory);
  const problems = [
    ...findDamaged(inventory),
    ...(policies === undefined ? [] : findPolicyProblems(existing, policyName)),
    ...inventory.versions.flatMap((item) => {
      const own = findVersionProblems(item);
      return withApp(item, [
        ...own,
        ...(different ?? []).filter((problem) => !isRepeated(problem, own)),
        ...(existing === undefined ? [] : findInvokeProblems(item, existing, request)),
        ...(onServer.has(item) ? findServerProblems(item) : []),
      ]);
    }),
    ...(reference === undefined
      ? findLeftovers(inventory, { functionArns, policies: existing }, request)
      : []),
  ];
  const isAnythingRead = policies !== undefined || functionArns !== undefined || hasRead(inventory);
  return toReport(inventory, problems, unchecked, isAnythingRead);
}

/**
 * The version of each app that the server should have: the one that it lists, as after a rollback, or else the one that was
 * deployed last.
 */
function expectedOnServer({ versions }: Inventory): ReadonlySet<AppVersion> {
  const expected = new Map<string, AppVersion>();
  for (const item of versions) {
    if (!expected.has(item.id) || item.server?.listedVersion === item.version) expected.set(item.id, item);
  }
  return new Set(expected.values());
}

/** @throws AppsctlError USAGE when the bundle is not that of the app that is asked about */
function referenceTo({ bundle }: VerifiedBundle, asked: AppReference | undefined): AppReference {
  const { app_id: id, version } = bundle.manifest;
  if (asked === undefined || (asked.id === id && (asked.version ?? version) === version))
    return { id, version };
  const name = asked.version === undefined ? asked.id : `${asked.id} ${asked.version}`;
  throw new AppsctlError('USAGE', `${bundle.file} is app ${id} ${version}, not ${name}`, {
    hint: 'name the bundle of that app, or leave out the app',
  });
}

async function readPolicies(
  { policies }: StatusPorts,
  request: StatusRequest,
): Promise<InvokePolicies | 'missing'> {
  return (await readInvokePolicies(policies, request)) ?? 'missing';
}

function findDamaged({ manifests }: Inventory): Problem[] {
  return manifests.damaged.map((key) => {
    const message = `${key} is not the manifest of an app`;
    return { app: undefined, problem: 'damaged', kind: 'manifest', name: key, message };
  });
}

/** A missing icon is a missing asset of the bundle, too. */
function isRepeated({ problem, name }: VersionProblem, others: readonly VersionProblem[]): boolean {
  return problem === 'missing' && others.some((other) => other.problem === problem && other.name === name);
}

function withApp({ id, version }: AppVersion, problems: readonly VersionProblem[]): Problem[] {
  return problems.map((problem) => ({ app: { id, version }, ...problem }));
}

/** Whether anything is known of the versions but their manifests; also if there are none. */
function hasRead({ versions }: Inventory): boolean {
  const isRead = ({ functions, assets, server }: AppVersion): boolean =>
    assets !== undefined || server !== undefined || functions.some(({ status }) => status !== 'unknown');
  return versions.length === 0 || versions.some(isRead);
}

function toReport(
  { versions }: Inventory,
  problems: readonly Problem[],
  unchecked: UncheckedParts,
  isAnythingRead: boolean,
): StatusReport {
  const notChecked = unchecked.all;
  // Any user of the server may read its apps: one that refuses does not accept the token.
  const isComplete = notChecked.every(({ part, code }) => part !== 'server' && code === 'ACCESS_DENIED');
  const withProblems = new Set(problems.map(({ app }) => app && `${app.id} ${app.version}`));
  return {
    ok: problems.length === 0 && isComplete && isAnythingRead,
    versions: versions.map(({ id, version, functions }) => {
      return { id, version, functions: functions.length, ok: !withProblems.has(`${id} ${version}`) };
    }),
    problems,
    notChecked,
  };
}
