import { manifestKey } from '../aws/resource-names.js';
import { GO_RUNTIME, isMigratedGo } from '../aws/runtimes.js';
import { DEPLOY_TYPE, describeVersion } from '../deploy/installation.js';
import type { ResourceKind } from '../diagnostics/event.js';
import type { AppFunction, AppVersion } from './app-version.js';

/** What is wrong with a resource. */
export type ProblemType =
  /** It does not exist. */
  | 'missing'
  /** AWS cannot run it: it is being created or updated, is inactive, or has failed. */
  | 'not ready'
  /** It differs from the manifest or from the bundle. */
  | 'different'
  /** The server may not invoke it. */
  | 'not allowed'
  /** It is not the manifest of an app, or that of another one. */
  | 'damaged'
  /** The server does not list the app. */
  | 'not listed'
  /** The server lists, or has installed, another version. */
  | 'other version'
  /** A system admin has disabled the app. */
  | 'disabled'
  /** It belongs to no app. */
  | 'left over';

/** Something that is not as it should be. */
export interface Problem {
  /** Undefined for what belongs to no version of an app. */
  readonly app: { readonly id: string; readonly version: string } | undefined;
  readonly problem: ProblemType;
  readonly kind: ResourceKind;
  /** The name on AWS, the S3 key, or the ID of the app. */
  readonly name: string;
  /** What is wrong, as one sentence. */
  readonly message: string;
}

/** A problem of a version. */
export type VersionProblem = Omit<Problem, 'app'>;

/** Finds what is wrong with the manifest, the functions and the icon of a version. */
export function findVersionProblems(item: AppVersion): VersionProblem[] {
  return [
    ...findManifestProblems(item),
    ...item.functions.flatMap(findFunctionProblems),
    ...findIconProblems(item),
  ];
}

function findManifestProblems({ id, version, manifestKey: key, functions }: AppVersion): VersionProblem[] {
  const problems: VersionProblem[] = [];
  const report = (message: string): void => {
    problems.push({ problem: 'damaged', kind: 'manifest', name: key, message });
  };
  const expected = manifestKey(id, version);
  if (key !== expected) report(`its manifest is in ${key}, not in ${expected}`);
  if (functions.length === 0) report(`manifest ${key} names no function`);
  return problems;
}

function findFunctionProblems(item: AppFunction): VersionProblem[] {
  const { lambdaName: name, status, aws } = item;
  const problems: VersionProblem[] = [];
  const report = (problem: ProblemType, message: string): void => {
    problems.push({ problem, kind: 'function', name, message });
  };
  if (status === 'missing') report('missing', `function ${name} does not exist`);
  if (aws === undefined) return problems;
  const { state, stateReason, isUpdating, updateFailure } = aws;
  if (state !== 'Active') report('not ready', `function ${name} is in the state ${state}: ${stateReason}`);
  else if (isUpdating) report('not ready', `function ${name} is being updated`);
  if (updateFailure !== undefined) {
    report('not ready', `the last update of function ${name} failed: ${updateFailure}`);
  }
  for (const message of differencesFromManifest(name, item, aws)) report('different', message);
  return problems;
}

/** What a manifest says of a function. */
type DeclaredFunction = Pick<AppFunction, 'handler' | 'runtime'>;

/**
 * How a function on AWS differs from its manifest, one text each.
 *
 * @param name its name on AWS
 */
export function differencesFromManifest(
  name: string,
  declared: DeclaredFunction,
  actual: DeclaredFunction,
): string[] {
  // A program in Go may have been deployed to a current runtime.
  if (declared.runtime === GO_RUNTIME && isMigratedGo(actual)) return [];
  return (['handler', 'runtime'] as const)
    .filter((field) => actual[field] !== declared[field])
    .map(
      (field) => `function ${name} has the ${field} ${actual[field]}, the manifest says ${declared[field]}`,
    );
}

function findIconProblems({ icon }: AppVersion): VersionProblem[] {
  if (icon === undefined || icon.exists) return [];
  return [{ problem: 'missing', kind: 'asset', name: icon.key, message: missingIconMessage(icon.key) }];
}

/** @param key the S3 key of the icon */
export function missingIconMessage(key: string): string {
  return `icon ${key} does not exist: the app cannot be installed without it`;
}

/** Finds how a server differs from a version that it should list. */
export function findServerProblems({ id, version, server }: AppVersion): VersionProblem[] {
  if (server === undefined) return [];
  const problems: VersionProblem[] = [];
  const report = (problem: ProblemType, kind: 'listing' | 'installation', message: string): void => {
    problems.push({ problem, kind, name: id, message });
  };
  const { listedVersion, installedVersion, deployType, isDisabled } = server;
  if (listedVersion === undefined) report('not listed', 'listing', 'the server does not list the app');
  else if (listedVersion !== version) {
    report('other version', 'listing', `the server lists ${describeVersion(listedVersion)}`);
  }
  if (installedVersion === undefined) return problems;
  if (installedVersion !== version) {
    report('other version', 'installation', `the server has installed ${describeVersion(installedVersion)}`);
  } else if (deployType !== DEPLOY_TYPE) {
    report('different', 'installation', `the server has installed it with the deploy type ${deployType}`);
  }
  if (isDisabled) report('disabled', 'installation', 'the server has it installed, but disabled');
  return problems;
}
