import { assetKey, lambdaFunctionName, manifestKey } from '../../../../src/core/aws/resource-names.js';
import type { AppBundle } from '../../../../src/core/bundle/bundle.js';
import {
  type FunctionCode,
  type FunctionSettings,
  type FunctionSpec,
  type FunctionState,
  NO_SETTINGS,
} from '../../../../src/core/deploy/function-spec.js';
import type { BundleContent, CurrentState, DeploySettings } from '../../../../src/core/deploy/plan.js';
import { Findings } from '../../../../src/core/diagnostics/findings.js';
import { encodeManifest, normalizedManifest } from '../../../../src/core/manifest/encode.js';
import type { Manifest } from '../../../../src/core/manifest/manifest.js';
import { parseManifest } from '../../../../src/core/manifest/parse.js';
import { manifest } from '../../../support/bundle.js';
import { functionState } from '../../../support/memory-ports.js';

/** What a test says about an app; names of functions and paths of assets. */
export interface App {
  readonly functions?: readonly string[];
  readonly assets?: readonly string[];
  readonly runtime?: string;
  /** Fields of the manifest. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

export const ROLE = {
  arn: 'arn:aws:iam::123456789012:role/role',
  createdAt: 0,
  trustPolicy: undefined,
};

/** The manifest of an app. */
export function manifestOf({ functions = [], runtime = 'nodejs22.x', fields = {} }: App): Manifest {
  const lambda = functions.map((name) => ({ path: `/${name}`, name, handler: 'index.handler', runtime }));
  const json = JSON.stringify(manifest({ aws_lambda: { functions: lambda }, ...fields }));
  const parsed = parseManifest(Buffer.from(json), new Findings());
  if (parsed === undefined) throw new Error(`not a manifest: ${json}`);
  return parsed;
}

/** The bundle of an app. */
export function bundleOf(app: App): AppBundle {
  const parsed = manifestOf(app);
  const { app_id: id, version } = parsed;
  return {
    manifest: parsed,
    manifestKey: manifestKey(id, version),
    functions: (parsed.aws_lambda?.functions ?? []).map(({ name, handler, runtime }, index) => ({
      location: `aws_lambda.functions[${index}]`,
      name,
      lambdaName: lambdaFunctionName(id, version, name),
      handler,
      runtime,
      archive: { name: `${name}.zip`, size: 1 },
    })),
    assets: (app.assets ?? []).map((path) => ({
      path,
      key: assetKey(id, version, path),
      entry: { name: `static/${path}`, size: 1 },
    })),
    findings: [],
  };
}

/** The content of a bundle: the digest of a function is `code`, that of an asset `md5`. */
export function contentOf(bundle: AppBundle): BundleContent {
  return {
    codeByFunctionName: new Map(bundle.functions.map(({ name }) => [name, code('code')])),
    md5ByAssetKey: new Map(bundle.assets.map(({ key }) => [key, 'md5'])),
  };
}

function code(sha256Base64: string): FunctionCode {
  const read = (): never => {
    throw new Error('not expected to be read');
  };
  return { sha256Base64, size: 1, read, chunks: read };
}

/** A state in which nothing exists but the role. */
export const NOTHING: CurrentState = {
  role: ROLE,
  functionsByLambdaName: new Map(),
  previousFunctions: new Map(),
  assets: [],
  identicalAssets: new Set(),
  uncertainAssets: new Set(),
  manifest: undefined,
  policyChange: undefined,
  listing: undefined,
  installation: undefined,
};

/** The state after a deployment and an installation of the bundle. */
export function stateOf(bundle: AppBundle): CurrentState {
  return {
    ...NOTHING,
    ...functionsOf(bundle),
    assets: bundle.assets.map(({ key }) => ({ key, etag: 'md5', size: 1, lastModified: 0 })),
    manifest: encodeManifest(bundle.manifest),
    listing: normalizedManifest(bundle.manifest),
    installation: {
      manifest: normalizedManifest(bundle.manifest),
      deployType: 'aws_lambda',
      isDisabled: false,
    },
  };
}

/** The functions of the bundle as they are after a deployment, with changes. */
export function functionsOf(
  { functions }: AppBundle,
  changes: Partial<FunctionState> = {},
): Pick<CurrentState, 'functionsByLambdaName'> {
  const states = functions.map(
    ({ lambdaName, runtime }): FunctionState => ({
      ...functionState(lambdaName),
      runtime,
      ...changes,
    }),
  );
  return { functionsByLambdaName: new Map(states.map((state) => [state.name, state])) };
}

/** Settings that change nothing, with changes. */
export function settingsOf(changes: Partial<DeploySettings> = {}): DeploySettings {
  return {
    update: false,
    install: false,
    migrateRuntimes: false,
    policyName: 'policy',
    executionRoleName: 'role',
    region: 'us-east-1',
    now: Date.parse('2026-11-21'),
    functions: { all: NO_SETTINGS, byName: new Map() },
    freshSettings: false,
    ...changes,
  };
}

/** The desired state of a function; without settings, that of {@link state}. */
export function spec(
  settings: Partial<FunctionSettings> = {},
  changes: Partial<FunctionSpec> = {},
): FunctionSpec {
  return {
    name: 'fn',
    handler: 'index.handler',
    runtime: 'nodejs22.x',
    role: ROLE,
    code: code('code'),
    settings: { ...NO_SETTINGS, ...settings },
    ...changes,
  };
}

/** A function with the defaults and no variables or tags, with changes. */
export const state = (changes: Partial<FunctionState> = {}): FunctionState => ({
  ...functionState('fn'),
  ...changes,
});
