import { describe, expect, test } from 'vitest';
import type { Installation } from '../../../../src/core/deploy/mattermost-plan.js';
import {
  installationResult,
  installationWarnings,
  type MattermostPlan,
  planMattermost,
} from '../../../../src/core/deploy/mattermost-plan.js';
import { Findings } from '../../../../src/core/diagnostics/findings.js';
import type { JsonObject } from '../../../../src/core/json/strict-json.js';
import { normalizedManifest } from '../../../../src/core/manifest/encode.js';
import type { Manifest } from '../../../../src/core/manifest/manifest.js';
import { parseManifest } from '../../../../src/core/manifest/parse.js';
import { manifest } from '../../../support/bundle.js';

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
const bundles: [name: string, bundle: Changes, server: Changes, isSame: boolean][] = [
  ['the same', {}, {}, true],
  ['the same with a schema version of its own', { SchemaVersion: 'v1.0.0' }, {}, true],
  ['another description', { description: 'new' }, {}, false],
  ['another version', { version: '1.0.1' }, {}, false],
  ['a field more', { on_install: '/install' }, {}, false],
  ['a field less', {}, { icon: 'icon.png' }, false],
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
  ['a way to deploy that nobody has added', { http }, {}, true],
  ['without a way to deploy that the server knows', {}, { http }, true],
  ['another address', { http }, { http: { root_url: 'https://example.org' } }, false],
  ['a way to AWS that the server lacks', {}, { aws_lambda: undefined, http }, false],
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

test('fields that a manifest cannot have do not matter', () => {
  const listing = new Map([...known(), ['new_in_1_3', 'x'] as const]);
  expect(planMattermost(parsed(), true, { listing, installation: undefined }).listing).toBe('unchanged');
});

test('an app that is not there is listed and installed', () => {
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

test('an app that no server can install for the first time is refused only if it would have to be', () => {
  const wanted = parsed({ description: 'x'.repeat(513) });
  const plan = (install: boolean, current: Installation | undefined) => () =>
    planMattermost(wanted, install, { listing: undefined, installation: current });
  expect(plan(true, undefined)).toThrow(
    'app com.example.test cannot be installed: description has 513 characters',
  );
  expect(plan(false, undefined)).not.toThrow();
  expect(plan(true, installation())).not.toThrow();
});

test('an app that is listed again is not installed again', () => {
  const plan = (listing: JsonObject | undefined) =>
    planMattermost(parsed(), true, { listing, installation: installation() });
  expect(plan(undefined)).toMatchObject({ listing: 'create', installation: 'unchanged' });
  expect(plan(known({ description: 'old' }))).toMatchObject({ listing: 'update', installation: 'unchanged' });
});

test('an app that is installed in another way is installed again', () => {
  const current = { listing: known(), installation: installation({}, { deployType: 'http' }) };
  expect(planMattermost(parsed(), true, current)).toMatchObject({
    listing: 'unchanged',
    installation: 'update',
  });
});

const ID = 'com.example.test';
const disabled = installation({}, { isDisabled: true });
const webhooks = { requested_permissions: ['act_as_bot', 'remote_webhooks'] };

/** What is said before and after a deployment. */
const cases: [
  name: string,
  bundle: Changes,
  install: boolean,
  current: Installation | undefined,
  warnings: string[],
  result: string,
][] = [
  ['not installed', {}, false, undefined, [], `Install it in Mattermost with: /apps install listed ${ID}`],
  ['not installed yet', {}, true, undefined, [], `Installed in ${SITE}`],
  ['not installed yet, with webhooks', webhooks, true, undefined, [], `Installed in ${SITE}`],
  ['installed', {}, true, installation(), [], `Installed in ${SITE}`],
  ['installed, which is not asked for', {}, false, installation(), [], `Installed in ${SITE}`],
  [
    'installed with another version, which stays',
    { version: '1.1.0' },
    false,
    installation(),
    [`version 1.0.0 of app ${ID} stays installed in ${SITE}: install version 1.1.0 with --install`],
    `Not installed: version 1.0.0 of app ${ID} stays installed in ${SITE}; install version 1.1.0 with --install`,
  ],
  [
    'installed without a version, which stays',
    {},
    false,
    installation({ version: '' }),
    [
      `the version without a number of app ${ID} stays installed in ${SITE}: install version 1.0.0 with --install`,
    ],
    `Not installed: the version without a number of app ${ID} stays installed in ${SITE}; install version 1.0.0 with --install`,
  ],
  [
    'installed with another manifest of the same version, which stays',
    { description: 'new' },
    false,
    installation(),
    [`app ${ID} stays installed with its earlier manifest in ${SITE}: install version 1.0.0 with --install`],
    `Not installed: app ${ID} stays installed with its earlier manifest in ${SITE}; install version 1.0.0 with --install`,
  ],
  [
    'installed by HTTP, which stays',
    {},
    false,
    installation({}, { deployType: 'http' }),
    [`app ${ID} stays installed with the deploy type http in ${SITE}: install version 1.0.0 with --install`],
    `Not installed: app ${ID} stays installed with the deploy type http in ${SITE}; install version 1.0.0 with --install`,
  ],
  [
    'installed with another version, which goes',
    { version: '1.1.0' },
    true,
    installation(),
    [],
    `Installed in ${SITE}`,
  ],
  [
    'disabled',
    {},
    true,
    disabled,
    [`app ${ID} is installed in ${SITE} but disabled, and stays disabled: enable it with /apps enable ${ID}`],
    `Installed in ${SITE}, but disabled`,
  ],
  ['disabled, which is not asked for', {}, false, disabled, [], `Installed in ${SITE}, but disabled`],
  [
    'disabled, and to be installed again',
    { version: '1.1.0' },
    true,
    disabled,
    [`app ${ID} is disabled in ${SITE}: installing it again enables it`],
    `Installed in ${SITE}`,
  ],
  ...['', 'secret'].map((type): (typeof cases)[number] => [
    `to be installed again, with webhooks and authentication "${type}"`,
    { ...webhooks, remote_webhook_auth_type: type, version: '1.1.0' },
    true,
    installation(),
    [`app ${ID} gets a new webhook secret in ${SITE}: webhook URLs with the old one stop working`],
    `Installed in ${SITE}`,
  ]),
  [
    'to be installed again, with webhooks for anybody',
    { ...webhooks, remote_webhook_auth_type: 'none', version: '1.1.0' },
    true,
    installation(),
    [],
    `Installed in ${SITE}`,
  ],
];

describe('of an app that is', () => {
  test.each(cases)('%s, all is said that matters', (_, bundle, install, current, warnings, result) => {
    const wanted = parsed(bundle);
    const plan: MattermostPlan = planMattermost(wanted, install, {
      listing: undefined,
      installation: current,
    });

    expect(installationWarnings(wanted, plan, SITE)).toEqual(warnings);
    expect(installationResult(wanted, plan, SITE)).toBe(result);
  });
});
