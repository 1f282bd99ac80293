import { describe, expect, test } from 'vitest';
import type { Installation, InstalledApp } from '../../../../src/core/deploy/installation.js';
import {
  installationStatus,
  installationWarnings,
  type MattermostPlan,
  planMattermost,
} from '../../../../src/core/deploy/mattermost-plan.js';
import { Findings } from '../../../../src/core/diagnostics/findings.js';
import { LIBRARY_VOCABULARY } from '../../../../src/core/diagnostics/vocabulary.js';
import type { JsonObject } from '../../../../src/core/json/strict-json.js';
import { normalizedManifest } from '../../../../src/core/manifest/encode.js';
import type { Manifest } from '../../../../src/core/manifest/manifest.js';
import { parseManifest } from '../../../../src/core/manifest/parse.js';
import { manifest } from '../../../support/bundle.js';
import { INSTALLATION } from '../../../support/messages/mattermost.js';

type Changes = Readonly<Record<string, unknown>>;

const SITE = 'https://chat.example.com';
/** What the plugin writes into each manifest that it lists or installs. */
const OVERWRITTEN = { SchemaVersion: '1.2.2' };

function parsed(changes: Changes = {}): Manifest {
  const findings = new Findings();
  const result = parseManifest(Buffer.from(JSON.stringify(manifest(changes))), findings);
  expect(findings.errors).toEqual([]);
  if (result === undefined) throw new Error('no manifest');
  return result;
}

/** A manifest as the server has it. */
function known(changes: Changes = {}): JsonObject {
  return normalizedManifest(parsed({ ...OVERWRITTEN, ...changes }));
}

function installation(changes: Changes = {}, details: Partial<Installation> = {}): Installation {
  return { manifest: known(changes), deployType: 'aws_lambda', isDisabled: false, ...details };
}

const aws = manifest()['aws_lambda'];
const http = { root_url: 'https://example.com' };
/** Whether a bundle and what the server has are the same app. */
const bundles: [name: string, bundle: Changes, server: Changes, isSame: boolean][] = [
  ['the same', {}, {}, true],
  ['the same and another SchemaVersion, which the plugin overwrites', { SchemaVersion: 'v1.0.0' }, {}, true],
  ['another description', { description: 'new' }, {}, false],
  ['another version', { version: '1.0.1' }, {}, false],
  ['an additional field', { on_install: '/install' }, {}, false],
  ['a missing field', {}, { icon: 'icon.png' }, false],
  [
    'the same state in another order',
    { bindings: { state: { a: 1, b: 2 } } },
    { bindings: { state: { b: 2, a: 1 } } },
    true,
  ],
  ['another state', { bindings: { state: { a: 1 } } }, { bindings: { state: { a: 2 } } }, false],
  [
    'permissions in another order',
    { requested_permissions: ['a', 'b'] },
    { requested_permissions: ['b', 'a'] },
    false,
  ],
  ['a deploy type that the server does not have', { http }, {}, true],
  ['no deploy type for one that the server has', {}, { http }, true],
  ['another URL', { http }, { http: { root_url: 'https://example.org' } }, false],
  ['the deploy type aws_lambda, which the server does not have', {}, { aws_lambda: undefined, http }, false],
  ['the same functions', { aws_lambda: aws }, { aws_lambda: aws }, true],
];

describe('a bundle with', () => {
  test.each(bundles)('%s', (_, bundle, server, isSame) => {
    const plan = planMattermost(parsed(bundle), true, {
      listing: known(server),
      installation: installation(server),
    });

    const action = isSame ? 'unchanged' : 'update';
    expect(plan).toMatchObject({ listing: action, installation: action, installed: { isCurrent: isSame } });
  });
});

test('unknown fields are ignored', () => {
  const listing = new Map([...known(), ['new_in_1_3', 'x'] as const]);
  expect(planMattermost(parsed(), true, { listing, installation: undefined }).listing).toBe('unchanged');
});

test('a new app is listed, and installed with install', () => {
  const nothing = { listing: undefined, installation: undefined };
  expect(planMattermost(parsed(), true, nothing)).toMatchObject({
    listing: 'create',
    installation: 'create',
  });
  expect(planMattermost(parsed(), false, nothing)).toMatchObject({
    listing: 'create',
    installation: undefined,
  });
});

test('an app that no server can install for the first time is refused only for a first installation', () => {
  const desired = parsed({ description: 'x'.repeat(513) });
  const plan = (install: boolean, current: Installation | undefined) => () =>
    planMattermost(desired, install, { listing: undefined, installation: current });
  expect(plan(true, undefined)).toThrow(
    'app com.example.test cannot be installed: description has 513 characters',
  );
  expect(plan(false, undefined)).not.toThrow();
  expect(plan(true, installation())).not.toThrow();
});

test('listing an app again does not install it again', () => {
  const plan = (listing: JsonObject | undefined) =>
    planMattermost(parsed(), true, { listing, installation: installation() });
  expect(plan(undefined)).toMatchObject({ listing: 'create', installation: 'unchanged' });
  expect(plan(known({ description: 'old' }))).toMatchObject({ listing: 'update', installation: 'unchanged' });
});

test('an app with another deploy type is installed again', () => {
  const current = { listing: known(), installation: installation({}, { deployType: 'http' }) };
  expect(planMattermost(parsed(), true, current)).toMatchObject({
    listing: 'unchanged',
    installation: 'update',
  });
});

const ID = 'com.example.test';
const disabled = installation({}, { isDisabled: true });
const webhooks = { requested_permissions: ['act_as_bot', 'remote_webhooks'] };

type Status = ReturnType<typeof installationStatus>;

/** What is reported before a deployment, and the status after it. */
const cases: [
  name: string,
  bundle: Changes,
  install: boolean,
  current: Installation | undefined,
  warnings: string[],
  status: Status['kind'] | 'disabled',
][] = [
  ['not installed', {}, false, undefined, [], 'not-installed'],
  ['not installed yet', {}, true, undefined, [], 'installed'],
  ['not installed yet, with webhooks', webhooks, true, undefined, [], 'installed'],
  ['up to date', {}, true, installation(), [], 'installed'],
  ['up to date, without --install', {}, false, installation(), [], 'installed'],
  [
    'installed with another version, without --install',
    { version: '1.1.0' },
    false,
    installation(),
    [INSTALLATION.installWith(INSTALLATION.otherVersion(ID, '1.0.0'), SITE, '1.1.0', 'install: true')],
    'outdated',
  ],
  [
    'installed with an empty version, without --install',
    {},
    false,
    installation({ version: '' }),
    [
      INSTALLATION.installWith(
        `the unnumbered version of app ${ID} stays installed`,
        SITE,
        '1.0.0',
        'install: true',
      ),
    ],
    'outdated',
  ],
  [
    'installed with another manifest of the same version, without --install',
    { description: 'new' },
    false,
    installation(),
    [INSTALLATION.installWith(INSTALLATION.otherManifest(ID), SITE, '1.0.0', 'install: true')],
    'outdated',
  ],
  [
    'installed with another deploy type, without --install',
    {},
    false,
    installation({}, { deployType: 'http' }),
    [
      INSTALLATION.installWith(
        `app ${ID} stays installed with the deploy type http`,
        SITE,
        '1.0.0',
        'install: true',
      ),
    ],
    'outdated',
  ],
  [
    'installed with another version, which is replaced',
    { version: '1.1.0' },
    true,
    installation(),
    [],
    'installed',
  ],
  ['disabled', {}, true, disabled, [INSTALLATION.staysDisabled(ID, SITE, 'enableApp()')], 'disabled'],
  ['disabled, without --install', {}, false, disabled, [], 'disabled'],
  [
    'disabled and outdated, which installing it again enables',
    { version: '1.1.0' },
    true,
    disabled,
    [INSTALLATION.isEnabled(ID, SITE)],
    'installed',
  ],
  ...['', 'secret'].map((type): (typeof cases)[number] => [
    `installed again, with webhooks and authentication "${type}"`,
    { ...webhooks, remote_webhook_auth_type: type, version: '1.1.0' },
    true,
    installation(),
    [`app ${ID} gets a new webhook secret in ${SITE}: webhook URLs with the old one stop working`],
    'installed',
  ]),
  [
    'installed again, with webhooks that need no secret',
    { ...webhooks, remote_webhook_auth_type: 'none', version: '1.1.0' },
    true,
    installation(),
    [],
    'installed',
  ],
];

describe('an app that is', () => {
  test.each(cases)('%s', (_, bundle, install, current, warnings, status) => {
    const desired = parsed(bundle);
    const plan: MattermostPlan = planMattermost(desired, install, {
      listing: undefined,
      installation: current,
    });

    expect(installationWarnings(desired, plan, SITE)).toEqual(warnings);
    const expected: Record<typeof status, Status> = {
      'not-installed': { kind: 'not-installed' },
      installed: { kind: 'installed', isDisabled: false },
      disabled: { kind: 'installed', isDisabled: true },
      outdated: { kind: 'outdated', installed: plan.installed as InstalledApp },
    };
    expect(installationStatus(plan)).toEqual(expected[status]);
  });

  test('outdated is warned about with the words of the caller', () => {
    const desired = parsed({ version: '1.1.0' });
    const plan = planMattermost(desired, false, { listing: undefined, installation: installation() });
    const vocabulary = { ...LIBRARY_VOCABULARY, install: '--install' };
    expect(installationWarnings(desired, plan, SITE, vocabulary)[0]).toMatch(
      /: install version 1\.1\.0 with --install$/,
    );
  });
});

test('an installed manifest without a version has an empty one', () => {
  const manifestWithoutVersion = new Map([...known()].filter(([field]) => field !== 'version'));
  const current = {
    listing: undefined,
    installation: { ...installation(), manifest: manifestWithoutVersion },
  };
  expect(planMattermost(parsed(), true, current).installed?.version).toBe('');
});
