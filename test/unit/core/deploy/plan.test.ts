import { describe, expect, test } from 'vitest';
import type { AppBundle } from '../../../../src/core/bundle/bundle.js';
import { differenceError, toDifference } from '../../../../src/core/deploy/differences.js';
import {
  type FunctionSettings,
  type FunctionState,
  NO_SETTINGS,
} from '../../../../src/core/deploy/function-spec.js';
import {
  type CurrentState,
  type DeploySettings,
  lambdaNames,
  nameConflict,
  planResources,
  type ResourcePlan,
} from '../../../../src/core/deploy/plan.js';
import { Findings } from '../../../../src/core/diagnostics/findings.js';
import { normalizedManifest } from '../../../../src/core/manifest/encode.js';
import type { PolicyChange } from '../../../../src/core/policy/invoke-policies.js';
import { manifest } from '../../../support/bundle.js';
import { FINDING } from '../../../support/messages/bundle.js';
import { DEPLOY, DEPLOY_HINT } from '../../../support/messages/deploy.js';
import { SETTINGS } from '../../../support/messages/function-settings.js';
import { ANY, matching } from '../../../support/messages/output.js';
import {
  type App,
  bundleOf,
  contentOf,
  functionsOf,
  manifestOf,
  NOTHING,
  settingsOf,
  stateOf,
} from './builders.js';

const bundle = bundleOf({ functions: ['go'], assets: ['logo.png'] });
const LAMBDA_NAME = 'com-example-test_1-0-0_go';
const ASSET_KEY = 'static/com.example.test_1.0.0_app/logo.png';

function plan(
  current: Partial<CurrentState>,
  settings: Partial<DeploySettings> = {},
  app: AppBundle = bundle,
): ResourcePlan {
  return planResources(app, contentOf(app), settingsOf(settings), { ...stateOf(app), ...current });
}

const withFunction = (changes: Partial<FunctionState>): Partial<CurrentState> => functionsOf(bundle, changes);
const withSettings = (functions: Partial<FunctionSettings>): Partial<DeploySettings> => ({
  update: true,
  functions: { all: { ...NO_SETTINGS, ...functions }, byName: new Map() },
});
const withObject = (etag: string): Partial<CurrentState> => ({
  assets: [{ key: ASSET_KEY, etag, size: 1, lastModified: 0 }],
});
const listed = (fields: App['fields'] = {}) => normalizedManifest(manifestOf({ functions: ['go'], fields }));
const installed = (fields: App['fields'] = {}, deployType = 'aws_lambda') => ({
  manifest: listed(fields),
  deployType,
  isDisabled: false,
});

/** What is planned for each kind of resource, without what is unchanged. */
function changesIn({
  functions,
  assets,
  manifest,
  listing,
  installation,
}: ResourcePlan): Record<string, string> {
  const all = {
    function: functions[0]?.action,
    asset: assets[0]?.action,
    ...{ manifest, listing, installation },
  };
  return Object.fromEntries(
    Object.entries(all).flatMap(([kind, action]) =>
      action === undefined || action === 'unchanged' ? [] : [[kind, action]],
    ),
  );
}

describe('a deployment plans', () => {
  const update = { update: true };
  const install = { install: true };
  test.each<[string, Partial<CurrentState>, Partial<DeploySettings>, Record<string, string>]>([
    [
      'everything for a new app',
      NOTHING,
      {},
      { function: 'create', asset: 'create', manifest: 'create', listing: 'create' },
    ],
    ['nothing for an app that is up to date', {}, {}, {}],
    ['a new function', { functionsByLambdaName: new Map() }, {}, { function: 'create' }],
    ['an update for new code', withFunction({ codeSha256: 'old' }), update, { function: 'update' }],
    ['an update for another handler', withFunction({ handler: 'old' }), update, { function: 'update' }],
    [
      'an update for another runtime',
      withFunction({ runtime: 'nodejs24.x' }),
      update,
      { function: 'update' },
    ],
    ['an update for another role', withFunction({ roleArn: 'old' }), update, { function: 'update' }],
    ['an update for a setting', {}, withSettings({ memory: 512 }), { function: 'update' }],
    ['nothing for an equal setting', {}, withSettings({ memory: 256 }), {}],
    ['nothing for a busy function that is up to date', withFunction({ status: 'busy' }), {}, {}],
    [
      'an update for tags that cannot be read',
      withFunction({ tags: undefined }),
      { ...withSettings({ tags: { team: 'apps' } }), update: false },
      { function: 'update' },
    ],
    ['a new asset', { assets: [] }, {}, { asset: 'create' }],
    ['an update for an asset with another ETag', withObject('other'), {}, { asset: 'update' }],
    [
      'nothing for an asset with another ETag and known equal content',
      { ...withObject('other'), identicalAssets: new Set([ASSET_KEY]) },
      {},
      {},
    ],
    ['a new manifest', { manifest: undefined }, {}, { manifest: 'create' }],
    [
      'an update for another manifest',
      { manifest: Buffer.from(JSON.stringify(manifest({ description: 'old' }))) },
      {},
      { manifest: 'update' },
    ],
    ['a new listing', { listing: undefined }, {}, { listing: 'create' }],
    ['an update for another listing', { listing: listed({ description: 'old' }) }, {}, { listing: 'update' }],
    ['a first installation', { installation: undefined }, install, { installation: 'create' }],
    [
      'an installation of another manifest',
      { installation: installed({ description: 'old' }) },
      install,
      { installation: 'update' },
    ],
    [
      'an installation of another deploy type',
      { installation: installed({}, 'http') },
      install,
      { installation: 'update' },
    ],
    ['nothing for an installation that is up to date', {}, install, {}],
    ['no installation without install', { installation: undefined }, {}, {}],
  ])('%s', (_, current, settings, expected) => {
    expect(changesIn(plan(current, settings))).toEqual(expected);
  });

  test('functions with their desired and current state', () => {
    const settings = withSettings({ timeout: 60 });
    const [step] = plan(withFunction({ codeSha256: 'old' }), settings).functions;
    expect(step).toMatchObject({
      spec: {
        name: LAMBDA_NAME,
        handler: 'index.handler',
        runtime: 'nodejs22.x',
        role: NOTHING.role,
        code: { sha256Base64: 'code' },
        settings: settings.functions?.all,
      },
      current: { name: LAMBDA_NAME, codeSha256: 'old' },
    });
    expect(step?.changes.map(({ field }) => field)).toEqual(['code', 'timeout']);
    expect(plan(NOTHING).functions).toMatchObject([{ current: undefined, changes: [] }]);
    expect(plan({}).functions).toMatchObject([{ changes: [] }]);
  });

  test('assets with the MD5 of the bundle', () => {
    const { assets } = plan(withObject('other'));
    expect(assets).toMatchObject([{ asset: bundle.assets[0], action: 'update', md5: 'md5' }]);
  });

  test('the change of the invoke policies', () => {
    const policyChange = { name: 'policy' } as PolicyChange;
    expect(plan({ policyChange }).policyChange).toBe(policyChange);
    expect(plan({}).policyChange).toBeUndefined();
  });

  test('each of several functions and assets by its name', () => {
    const app = bundleOf({ functions: ['one', 'two'], assets: ['a', 'b'] });
    const state = stateOf(app);
    const functions = new Map([...state.functionsByLambdaName].slice(1));
    const { functions: steps, assets } = plan(
      { functionsByLambdaName: functions, assets: state.assets.slice(0, 1) },
      {},
      app,
    );
    expect(steps.map(({ action, spec }) => `${action} ${spec.name}`)).toEqual([
      'create com-example-test_1-0-0_one',
      'unchanged com-example-test_1-0-0_two',
    ]);
    expect(assets.map(({ action, asset }) => `${action} ${asset.path}`)).toEqual(['unchanged a', 'create b']);
  });
});

describe('without update, what would be replaced is refused', () => {
  test.each<[string, Partial<CurrentState>, Partial<DeploySettings>, string]>([
    ['in a field', withFunction({ codeSha256: 'old' }), {}, DEPLOY.functionDiffers(LAMBDA_NAME, 'code')],
    [
      'in several fields',
      withFunction({ codeSha256: 'old', handler: 'old' }),
      {},
      DEPLOY.functionDiffers(LAMBDA_NAME, 'code', 'handler old -> index.handler'),
    ],
    [
      'in a setting',
      {},
      { ...withSettings({ memory: 512 }), update: false },
      DEPLOY.functionDiffers(LAMBDA_NAME, 'memory 256 MB -> 512 MB'),
    ],
    [
      'in a field beside tags that cannot be read',
      withFunction({ codeSha256: 'old', tags: undefined }),
      { ...withSettings({ tags: { team: 'apps' } }), update: false },
      DEPLOY.functionDiffers(LAMBDA_NAME, 'code', DEPLOY.uncertainTags('team')),
    ],
  ])('%s', (_, current, settings, message) => {
    expect(differenceError(plan(current, settings).refused)).toMatchObject({
      ...{ code: 'DIFFERS', message, items: [] },
      hint: DEPLOY_HINT.replace('update: true'),
    });
    expect(plan(current, { ...settings, update: true }).refused).toEqual([]);
  });

  const MANIFEST_KEY = 'manifests/com.example.test_1.0.0.json';
  const oldManifest = { manifest: Buffer.from(JSON.stringify(manifest({ description: 'old' }))) };
  test.each<[string, Partial<CurrentState>, string[]]>([
    ['an asset of a version that is deployed', withObject('other'), [`asset ${ASSET_KEY}`]],
    ['a manifest', oldManifest, [`manifest ${MANIFEST_KEY}`]],
    ['not an asset of a version without a manifest', { ...withObject('other'), manifest: undefined }, []],
    [
      'not an asset that cannot be compared',
      { ...withObject('other'), uncertainAssets: new Set([ASSET_KEY]) },
      [],
    ],
    ['not an asset to be created', { assets: [] }, []],
    ['not tags that cannot be read', withFunction({ tags: undefined }), []],
  ])('%s', (_, current, refused) => {
    const actual = plan(current, { ...withSettings({ tags: { team: 'apps' } }), update: false }).refused;
    const others = actual.filter(({ details }) => !details.some((detail) => detail.startsWith('tags')));
    expect(others.map(({ kind, name }) => `${kind} ${name}`)).toEqual(refused);
  });

  test('all together', () => {
    const app = bundleOf({ functions: ['one', 'two', 'new'] });
    const { functionsByLambdaName } = functionsOf(bundleOf({ functions: ['one', 'two'] }), {
      codeSha256: 'old',
    });
    const error = differenceError(plan({ functionsByLambdaName }, {}, app).refused);
    expect(error.message).toBe(DEPLOY.differ(2));
    expect(error.items).toEqual([
      'function com-example-test_1-0-0_one (code)',
      'function com-example-test_1-0-0_two (code)',
    ]);
  });

  test.each([
    [20, 20, 'asset 19'],
    [21, 21, 'asset 20'],
    [22, 21, 'and 2 more'],
  ])('%i of them in %i lines', (count, lines, last) => {
    const assets = Array.from({ length: count }, (_, index) => `${index}`);
    const error = differenceError(assets.map((name) => ({ kind: 'asset', name, details: [] })));
    expect(error.items.at(-1)).toBe(last);
    expect(error.items).toHaveLength(lines);
  });

  test('but functions to be created are not', () => {
    expect(plan(NOTHING).refused).toEqual([]);
  });
});

test('a difference that shows later is refused in the same words', () => {
  const [step] = plan(withFunction({ codeSha256: 'old' }), { update: true }).functions;
  expect(differenceError(step === undefined ? [] : [toDifference(step)]).message).toBe(
    DEPLOY.functionDiffers(LAMBDA_NAME, 'code'),
  );
});

test('the check of each function applies', () => {
  expect(() => plan(withFunction({ status: 'failed', failure: 'x' }))).toThrow(
    DEPLOY.functionNotCreated(LAMBDA_NAME, 'x'),
  );
  const app = bundleOf({ functions: ['go'] });
  const tooLarge = withSettings({ environment: { LONG: 'x'.repeat(5000) } });
  expect(() => plan(NOTHING, tooLarge, app)).toThrow(
    matching(SETTINGS.of(LAMBDA_NAME, SETTINGS.variablesTooLarge(ANY))),
  );
});

test('code that was not read is an internal error', () => {
  const content = { ...contentOf(bundle), codeByFunctionName: new Map() };
  expect(() => planResources(bundle, content, settingsOf(), NOTHING)).toThrow('the code of go was not read');
});

describe('the stored manifest', () => {
  const other = (
    fields: Readonly<Record<string, unknown>>,
    functions: readonly string[] = ['go'],
  ): Partial<CurrentState> => ({
    manifest: stateOf(bundleOf({ functions, fields })).manifest,
  });

  test.each<[string, Partial<CurrentState>, string[]]>([
    ['of the same functions', {}, []],
    [
      'with another function',
      other({}, ['go', 'old', 'older']),
      ['com-example-test_1-0-0_old', 'com-example-test_1-0-0_older'],
    ],
    ['that is missing', { manifest: undefined }, []],
    ['that is not JSON', { manifest: Buffer.from('not JSON') }, []],
    ['that has no app id', { manifest: Buffer.from('{}') }, []],
  ])('%s', (_, current, leftover) => {
    expect(plan(current).leftoverFunctions).toEqual(leftover);
  });

  test.each([
    ['another app', { app_id: 'com.example.other' }, 'com.example.other 1.0.0'],
    ['another version', { version: '2.0.0' }, 'com.example.test 2.0.0'],
  ])('of %s is a conflict', (_, fields, owner) => {
    expect(() => plan(other(fields))).toThrow(
      expect.objectContaining({
        code: 'CONFLICT',
        message: expect.stringMatching(
          matching(DEPLOY.belongsToOther(`manifest manifests/${ANY}`, owner, 'com.example.test 1.0.0')),
        ),
      }),
    );
  });
});

test('assets that the bundle does not have are left over', () => {
  const leftover = `${ASSET_KEY}.old`;
  const assets = [...stateOf(bundle).assets, { key: leftover, etag: 'md5', size: 1, lastModified: 0 }];
  expect(plan({ assets }).leftoverAssets).toEqual([leftover]);
  expect(plan({}).leftoverAssets).toEqual([]);
});

describe('runtimes', () => {
  const NOW = '2026-11-21';
  type Row = [
    runtime: string,
    day: string,
    current: Partial<FunctionState> | undefined,
    severity: string | undefined,
  ];
  test.each<Row>([
    ['nodejs22.x', NOW, undefined, undefined],
    // Creation is blocked, updates are not.
    ['go1.x', NOW, undefined, 'refused'],
    ['go1.x', NOW, { runtime: 'provided.al2023' }, 'refused'],
    ['go1.x', NOW, { codeSha256: 'old' }, 'warning'],
    ['go1.x', NOW, {}, 'warning'],
    // Updates of the code are blocked, too.
    ['nodejs12.x', NOW, undefined, 'refused'],
    ['nodejs12.x', NOW, { runtime: 'nodejs22.x' }, 'refused'],
    ['nodejs12.x', NOW, { codeSha256: 'old' }, 'refused'],
    ['nodejs12.x', NOW, { architecture: 'arm64' }, 'refused'],
    ['nodejs12.x', NOW, { handler: 'old' }, 'warning'],
    ['nodejs12.x', NOW, {}, 'warning'],
    ['nodejs20.x', NOW, undefined, 'warning'],
    ['nodejs20.x', '2026-09-01', undefined, undefined],
    ['cobol', NOW, undefined, 'warning'],
  ])('%s on %s for a function that is %j: %s', (runtime, day, current, severity) => {
    const app = bundleOf({ functions: ['go'], runtime });
    const state = current === undefined ? NOTHING : { ...stateOf(app), ...functionsOf(app, current) };
    const settings = settingsOf({
      update: true,
      now: Date.parse(day),
      ...withSettings({ architecture: 'x86_64' }),
    });
    const planned = () => planResources(app, contentOf(app), settings, state);
    if (severity === 'refused') {
      expect(planned).toThrow(
        expect.objectContaining({
          code: 'UNSUPPORTED_RUNTIME',
          message: expect.stringContaining(FINDING.retiredRuntime('go', runtime)),
          hint: expect.any(String),
        }),
      );
    } else {
      expect(planned().findings.map((finding) => finding.severity)).toEqual(
        severity === undefined ? [] : [severity],
      );
    }
  });

  test('are reported into the findings of the caller', () => {
    const app = bundleOf({ functions: ['go'], runtime: 'cobol' });
    const findings = new Findings();
    expect(planResources(app, contentOf(app), settingsOf(), NOTHING, findings).findings).toBe(findings.all);
    expect(findings.all).toHaveLength(1);
  });

  test('are refused before differences', () => {
    const app = bundleOf({ functions: ['go'], runtime: 'nodejs12.x' });
    expect(() => plan(functionsOf(app, { codeSha256: 'old' }), {}, app)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_RUNTIME' }),
    );
  });
});

test('lambdaNames names the functions of a manifest', () => {
  expect(lambdaNames(manifestOf({ functions: ['a', 'b c'] }))).toEqual([
    'com-example-test_1-0-0_a',
    'com-example-test_1-0-0_b-c',
  ]);
  expect(lambdaNames(manifestOf({ fields: { aws_lambda: undefined } }))).toEqual([]);
});

test('a name conflict names both apps', () => {
  const owner = manifestOf({ fields: { app_id: 'a', version: '1_b' } });
  const error = nameConflict('manifest m', owner, manifestOf({ fields: { app_id: 'a_1', version: 'b' } }));
  expect(error).toMatchObject({
    code: 'CONFLICT',
    message: DEPLOY.belongsToOther('manifest m', 'a 1_b', 'a_1 b'),
    hint: 'change the version or the ID of the app: both apps get the same names on AWS',
  });
});
