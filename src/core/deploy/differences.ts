import { AppsctlError } from '../diagnostics/error.js';
import type { AssetStep, ResourcePlan } from './plan.js';
import type { FunctionStep } from './plan-function.js';

/** Something on AWS that a deployment would replace. */
export interface Difference {
  readonly kind: 'function' | 'asset' | 'manifest';
  /** The name on AWS, or the S3 key. */
  readonly name: string;
  /** What differs, one text each; never the value of an environment variable. */
  readonly details: readonly string[];
}

/** The steps of a plan that can replace something. */
type Steps = Pick<ResourcePlan, 'functions' | 'assets' | 'manifest'>;

/**
 * Finds what a deployment would replace on AWS, which it only does with `update`. Assets count once the version
 * has a manifest: before that, its first deployment has not been completed.
 *
 * @param manifestKey the S3 key of the manifest
 */
export function findDifferences({ functions, assets, manifest }: Steps, manifestKey: string): Difference[] {
  const isDeployed = manifest !== 'create';
  return [
    ...functions.filter(hasDifference).map(toDifference),
    ...(isDeployed ? assets.filter(isReplaced).map(toAssetDifference) : []),
    ...(manifest === 'update' ? [{ kind: 'manifest' as const, name: manifestKey, details: [] }] : []),
  ];
}

/** The difference of a function whose changes are known. */
export function toDifference({ spec, changes }: Pick<FunctionStep, 'spec' | 'changes'>): Difference {
  return { kind: 'function', name: spec.name, details: changes.map(({ detail }) => detail) };
}

/** Creates the error for differences when the deployment must not update. */
export function differenceError(differences: readonly Difference[]): AppsctlError {
  const texts = differences.map(({ kind, name, details }) =>
    details.length === 0 ? `${kind} ${name}` : `${kind} ${name} (${details.join('; ')})`,
  );
  const [only] = texts.length === 1 ? texts : [];
  const message =
    only === undefined
      ? `${texts.length} resources on AWS differ from the bundle or the options`
      : `${only} already exists and differs from the bundle or the options`;
  return new AppsctlError('DIFFERS', message, {
    items: only === undefined ? shorten(texts) : [],
    hint: ({ update }) => `raise the version in manifest.json, or replace what is on AWS with ${update}`,
  });
}

/** The number of differences that an error lists: there may be thousands of assets. */
const MAX_ITEMS = 20;

function shorten(texts: readonly string[]): string[] {
  const more = texts.length - MAX_ITEMS;
  return more > 1 ? [...texts.slice(0, MAX_ITEMS), `and ${more} more`] : [...texts];
}

function hasDifference({ changes }: FunctionStep): boolean {
  return changes.some(({ isUncertain }) => isUncertain !== true);
}

function isReplaced({ action, isUncertain }: AssetStep): boolean {
  return action === 'update' && !isUncertain;
}

function toAssetDifference({ asset }: AssetStep): Difference {
  return { kind: 'asset', name: asset.key, details: [] };
}
