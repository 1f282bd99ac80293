import { ASSET_PREFIX, lambdaNamePrefix, MANIFEST_PREFIX } from '../../core/aws/resource-names.js';
import { findLeftoverEntries, type Scope } from '../../core/inventory/policy-problems.js';
import type { Problem } from '../../core/inventory/problems.js';
import type { InvokePolicies } from '../../core/policy/invoke-policies.js';
import { formatBytes } from '../../core/units.js';
import type { Inventory } from '../inventory/read-inventory.js';

/** What is compared with the manifests. What could not be read is undefined. */
export interface AccountContent {
  /** The ARNs of all functions of the region. */
  readonly functionArns: readonly string[] | undefined;
  readonly policies: InvokePolicies | undefined;
}

/**
 * Finds what belongs to no app of the bucket: functions whose names look like those of apps, assets, and entries of the
 * invoke policies. Whose something is, is decided by names that are computed from the manifests. What may belong to an app
 * whose manifest is damaged, or cannot be read, is left out.
 */
export function findLeftovers(inventory: Inventory, content: AccountContent, scope: Scope): Problem[] {
  const { manifests, versions } = inventory;
  const names = new Set(versions.flatMap(({ functions }) => functions.map(({ lambdaName }) => lambdaName)));
  const otherKeys = [...manifests.damaged, ...manifests.unreadable];
  const otherPrefixes = otherKeys.flatMap((key) => lambdaNamePrefix(key) ?? []);
  const isOfOther = (name: string): boolean => otherPrefixes.some((prefix) => name.startsWith(prefix));
  const { functionArns = [], policies } = content;
  return [
    ...functionArns.flatMap((arn) => {
      const name = arn.slice(arn.lastIndexOf(':') + 1);
      if (!LIKE_AN_APP.test(name) || names.has(name) || isOfOther(name)) return [];
      return toProblem('function', name, `no manifest has function ${name}`);
    }),
    ...findLeftoverAssets(inventory, new Set(otherKeys.map(assetPrefixOf))),
    ...(policies === undefined ? [] : findLeftoverEntries(policies, scope, names, isOfOther)),
  ];
}

/** Names of functions have the ID and the version of the app in front. */
const LIKE_AN_APP = /^[^_].*_.*_./;

function findLeftoverAssets({ otherAssets }: Inventory, ofOthers: ReadonlySet<string>): Problem[] {
  return [...otherAssets].flatMap(([folder, { count, bytes }]) => {
    if (ofOthers.has(folder)) return [];
    const assets = count === 1 ? '1 object' : `${count.toLocaleString('en-US')} objects`;
    return toProblem(
      'asset',
      folder,
      `no manifest has the assets in ${folder}: ${assets}, ${formatBytes(bytes)}`,
    );
  });
}

/** The prefix of the assets of the app that has its manifest in this key. */
function assetPrefixOf(manifestKey: string): string {
  return `${ASSET_PREFIX}${manifestKey.slice(MANIFEST_PREFIX.length).replace(/\.json$/, '')}_app/`;
}

function toProblem(kind: 'function' | 'asset', name: string, message: string): Problem[] {
  return [{ app: undefined, problem: 'left over', kind, name, message }];
}
