import type { Installation } from '../deploy/installation.js';
import { DEPLOY_TYPE } from '../deploy/installation.js';
import { AppsctlError } from '../diagnostics/error.js';
import type { ResourceKind } from '../diagnostics/event.js';
import type { PolicyRevocation } from '../policy/revoke.js';
import type { ObjectVersion } from '../ports/s3.js';
import type { KeptResource } from './kept-resource.js';

/** A function of a version of an app. */
export interface RemovedFunction {
  /** The name on AWS. */
  readonly name: string;
  /** Its log group, which may not exist. */
  readonly logGroup: string;
  /** Whether AWS Lambda found it. */
  readonly isFound: boolean;
}

/** The objects of one key, with all their versions. */
export interface RemovedObject {
  readonly key: string;
  readonly versions: readonly ObjectVersion[];
}

/** What a removal does: pure data, to be shown or applied. */
export interface RemovalPlan {
  readonly appId: string;
  /** The versions of the app that are removed. */
  readonly versions: readonly string[];
  /** The versions that stay, latest first. */
  readonly remaining: readonly string[];
  /** The version to be uninstalled in Mattermost; undefined when none of the removed versions is installed. */
  readonly uninstall: string | undefined;
  /** Whether the app has to be uninstalled, and must not be. */
  readonly isRefused: boolean;
  readonly policies: readonly PolicyRevocation[];
  readonly manifests: readonly RemovedObject[];
  readonly functions: readonly RemovedFunction[];
  readonly assets: readonly RemovedObject[];
  /** Empty unless log groups are removed. */
  readonly logGroups: readonly string[];
  readonly kept: readonly KeptResource[];
}

/** One thing that a removal removes, changes or keeps. */
export interface RemovalStep {
  readonly action: 'remove' | 'update' | 'keep';
  readonly kind: ResourceKind;
  /** The name on AWS, the S3 key or the ID of the app. */
  readonly name: string;
  /** What changes, or why it is kept, one text each. */
  readonly details: readonly string[];
  /** Whether the removal refuses this step, because it uninstalls the app and `uninstall` is not set. */
  readonly isRefused: boolean;
}

/**
 * Returns the version that Mattermost calls through AWS Lambda, if it is one of those that are removed: it would lose its
 * functions.
 */
export function findLostInstallation(
  installation: Installation | undefined,
  versions: readonly string[],
): string | undefined {
  if (installation?.deployType !== DEPLOY_TYPE) return undefined;
  const version = installation.manifest.get('version') ?? '';
  return typeof version === 'string' && versions.includes(version) ? version : undefined;
}

/** Groups versions of objects by key. */
export function groupByKey(versions: readonly ObjectVersion[]): RemovedObject[] {
  const byKey = new Map<string, ObjectVersion[]>();
  for (const version of versions) {
    const known = byKey.get(version.key);
    if (known === undefined) byKey.set(version.key, [version]);
    else known.push(version);
  }
  return [...byKey].map(([key, group]) => ({ key, versions: group }));
}

/** Describes a plan as one list, in the order of a removal. */
export function toSteps(plan: RemovalPlan): RemovalStep[] {
  const step = (
    kind: ResourceKind,
    name: string,
    action: RemovalStep['action'] = 'remove',
    details: readonly string[] = [],
  ): RemovalStep => ({ action, kind, name, details, isRefused: false });
  return [
    ...(plan.uninstall === undefined
      ? []
      : [{ ...step('installation', plan.appId), isRefused: plan.isRefused }]),
    ...plan.policies.map(({ policy, document, removed }) =>
      document === undefined
        ? step('invoke policy', policy.name)
        : step(
            'invoke policy',
            policy.name,
            'update',
            removed.map((resource) => `- ${resource}`),
          ),
    ),
    ...plan.manifests.map(({ key }) => step('manifest', key)),
    ...plan.functions.filter(({ isFound }) => isFound).map(({ name }) => step('function', name)),
    ...plan.assets.map(({ key }) => step('asset', key)),
    ...plan.logGroups.map((name) => step('log group', name)),
    ...plan.kept.map(({ kind, name, reason }) => step(kind, name, 'keep', [reason])),
  ];
}

/** The error for an app that Mattermost has installed, and that would lose its functions. */
export function installedError({ appId, uninstall }: RemovalPlan, siteUrl: string): AppsctlError {
  const message = `version ${uninstall} of app ${appId} is installed in ${siteUrl}: without its functions it would not respond any more`;
  return new AppsctlError('CONFLICT', message, {
    hint: (vocabulary) => `install another version, or uninstall the app with ${vocabulary.uninstall}`,
  });
}
