import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLI_VOCABULARY } from '../../../../src/cli/input/vocabulary.js';
import type { DeployerMessage } from '../../../../src/core/deployer/message.js';
import type {
  BundleApp,
  DeployedBundle,
  FailedBundle,
  PassReport,
} from '../../../../src/core/deployer/report.js';
import { webhookMessage } from '../../../../src/core/deployer/webhook-message.js';
import { AppsctlError } from '../../../../src/core/diagnostics/error.js';
import { Findings } from '../../../../src/core/diagnostics/findings.js';
import { invalidBundle } from '../../../../src/core/diagnostics/invalid-bundle.js';
import { LIBRARY_VOCABULARY } from '../../../../src/core/diagnostics/vocabulary.js';

const CONTEXT = { run: 'run-1', environment: 'production' };

const APP: BundleApp = {
  id: 'com.example.hello',
  version: 'v1.0.0',
  displayName: 'Hello World',
  homepageUrl: 'https://example.com',
};

const DEPLOYED: DeployedBundle = {
  key: 'apps/hello.zip',
  app: APP,
  functions: { created: 2, updated: 1, unchanged: 3 },
  milliseconds: 12_345,
  failedAttempts: 0,
};

const FAILED: FailedBundle = {
  key: 'apps/hello.zip',
  app: APP,
  error: new AppsctlError('ACCESS_DENIED', 'not allowed to do lambda:CreateFunction', {
    hint: ({ update }) => `allow it, or use ${update}`,
  }),
  attempts: 2,
  nextAttemptAt: Date.parse('2026-03-04T05:06:07Z'),
  isRecorded: true,
  isNews: true,
};

const REPORT: PassReport = {
  ...CONTEXT,
  startedAt: 0,
  endedAt: 61_000,
  heldBy: undefined,
  bundles: { new: 0, deployed: 1, failed: 1, blocked: 0 },
  failureCodes: { ACCESS_DENIED: 1 },
  waitingSince: undefined,
  deployed: [DEPLOYED],
  failed: [FAILED],
  isOutOfTime: false,
};

function attachmentOf(message: DeployerMessage) {
  return webhookMessage(message, CONTEXT, CLI_VOCABULARY).attachments[0];
}

/** The fields as title and value. */
function fieldsOf(message: DeployerMessage): Record<string, string> {
  return Object.fromEntries(attachmentOf(message).fields.map(({ title, value }) => [title, value]));
}

describe('a bundle that was deployed', () => {
  test('is told in green with its app', () => {
    expect(attachmentOf({ kind: 'deployed', bundle: DEPLOYED })).toEqual({
      color: '#006400',
      title: 'Deployed Hello World v1\\.0\\.0 to production',
      fallback: 'Deployed Hello World v1\\.0\\.0 to production',
      fields: [
        { title: 'Name', value: '[Hello World](https://example.com/)', short: true },
        { title: 'App ID', value: 'com\\.example\\.hello', short: true },
        { title: 'Version', value: 'v1\\.0\\.0', short: true },
        { title: 'Bundle', value: 'apps/hello\\.zip', short: false },
        { title: 'Environment', value: 'production', short: true },
        { title: 'Functions', value: '2 new, 1 updated, 3 unchanged', short: true },
        { title: 'Duration', value: '12\\.3 s', short: true },
        { title: 'Run', value: 'run\\-1', short: true },
      ],
    });
  });

  test.each([
    [1, 'Recovered: deployed Hello World v1\\.0\\.0 to production after 1 failed attempt'],
    [3, 'Recovered: deployed Hello World v1\\.0\\.0 to production after 3 failed attempts'],
  ])('has recovered after %i failed attempts', (failedAttempts, title) => {
    const bundle = { ...DEPLOYED, failedAttempts };
    expect(attachmentOf({ kind: 'deployed', bundle })).toMatchObject({ title, fallback: title });
  });

  test('has no link without an https homepage, and no name without a name', () => {
    const named = (changes: Partial<BundleApp>) =>
      fieldsOf({ kind: 'deployed', bundle: { ...DEPLOYED, app: { ...APP, ...changes } } });
    expect(named({ homepageUrl: 'http://example.com' })).toHaveProperty('Name', 'Hello World');
    expect(named({ homepageUrl: '' })).toHaveProperty('Name', 'Hello World');
    expect(named({ displayName: '\u202e ' })).not.toHaveProperty('Name');
  });
});

describe('a bundle that failed', () => {
  test('is told in red with what to do', () => {
    const { color, title, fallback } = attachmentOf({ kind: 'failed', bundle: FAILED });
    expect({ color, title, fallback }).toEqual({
      color: '#FF0000',
      title: 'Cannot deploy Hello World v1\\.0\\.0 to production',
      fallback:
        'Cannot deploy Hello World v1\\.0\\.0 to production: not allowed to do lambda&#58;CreateFunction',
    });
    expect(fieldsOf({ kind: 'failed', bundle: FAILED })).toEqual({
      Name: '[Hello World](https://example.com/)',
      'App ID': 'com\\.example\\.hello',
      Version: 'v1\\.0\\.0',
      Bundle: 'apps/hello\\.zip',
      Environment: 'production',
      Code: 'ACCESS\\_DENIED',
      Error: 'not allowed to do lambda&#58;CreateFunction',
      Hint: 'allow it, or use \\-\\-update',
      Attempt: '2',
      'Next try': '2026\\-03\\-04 05&#58;06 UTC, or with appsctl aws deployer retry apps/hello\\.zip',
      Run: 'run\\-1',
    });
  });

  test.each([
    ['a.zip', 'upload the bundle again, or retry it with appsctl aws deployer retry a\\.zip'],
    ['a; reboot.zip', 'upload the bundle again, or retry it with appsctl aws deployer retry KEY'],
    ['-a.zip', 'upload the bundle again, or retry it with appsctl aws deployer retry KEY'],
    [`${'a'.repeat(80)}.zip`, 'upload the bundle again, or retry it with appsctl aws deployer retry KEY'],
  ])('is not tried again by itself: %s', (key, expected) => {
    const fields = fieldsOf({ kind: 'failed', bundle: { ...FAILED, key, nextAttemptAt: undefined } });
    expect(fields).toHaveProperty('Next try', `Not by itself: ${expected}`);
  });

  test('is tried again by the next run if nothing is recorded', () => {
    const fields = fieldsOf({ kind: 'failed', bundle: { ...FAILED, isRecorded: false } });
    expect(fields).toHaveProperty('Next try', 'By the next run');
  });

  test('has only the name of its object if there is no manifest', () => {
    const bundle = { ...FAILED, app: undefined };
    expect(attachmentOf({ kind: 'failed', bundle }).title).toBe(
      'Cannot deploy apps/hello\\.zip to production',
    );
    expect(Object.keys(fieldsOf({ kind: 'failed', bundle }))).not.toContain('App ID');
  });

  test.each([
    [0, undefined],
    [1, undefined],
    [2, '- f1: bad 1\n- f2: bad 2'],
    [7, '- f1: bad 1\n- f2: bad 2\n- f3: bad 3\n- f4: bad 4\n- f5: bad 5\n- and 2 more'],
  ])('with %i errors has the first of them', (errors, expected) => {
    const findings = new Findings();
    for (let index = 1; index <= errors; index++) findings.error('zip/invalid', `f${index}`, `bad ${index}`);
    findings.warning('zip/invalid', 'f', 'warning');
    const bundle = { ...FAILED, error: invalidBundle('hello.zip', findings) };
    expect(fieldsOf({ kind: 'failed', bundle })['Details']).toBe(expected);
  });

  test('has the first of the things that its error counts', () => {
    const error = new AppsctlError('DIFFERS', '2 functions differ', { items: ['a', '# b'] });
    const bundle = { ...FAILED, error };
    expect(fieldsOf({ kind: 'failed', bundle })['Details']).toBe('- a\n- &#35; b');
  });
});

test('a pass that cannot go on is told with the reason', () => {
  const error = new AppsctlError('CREDENTIALS', 'no credentials', {
    hint: ({ credentials }) => `set ${credentials}`,
  });
  const payload = webhookMessage({ kind: 'pass failed', error }, CONTEXT, LIBRARY_VOCABULARY);
  expect(payload.attachments[0]).toMatchObject({
    color: '#FF0000',
    title: 'The deployer cannot deploy to production',
    fallback: 'The deployer cannot deploy to production: no credentials',
    fields: [
      { title: 'Environment', value: 'production' },
      { title: 'Code', value: 'CREDENTIALS' },
      { title: 'Error', value: 'no credentials' },
      { title: 'Hint', value: expect.stringMatching(/^set aws\\.credentials or /) },
      { title: 'Run', value: 'run\\-1' },
    ],
  });
});

test('passes that work again are told in green', () => {
  expect(attachmentOf({ kind: 'passes work again' })).toMatchObject({ color: '#006400' });
  expect(fieldsOf({ kind: 'passes work again' })).toEqual({ Environment: 'production', Run: 'run\\-1' });
});

describe('a summary', () => {
  test('has the bundles that failed and those that were deployed', () => {
    const { color, title, fields } = attachmentOf({ kind: 'summary', report: REPORT });
    expect({ color, title }).toEqual({
      color: '#FF0000',
      title: '1 bundle deployed to production, 1 failed',
    });
    expect(fields).toEqual([
      { title: 'Environment', value: 'production', short: true },
      { title: 'Duration', value: '1 min 1 s', short: true },
      { title: 'Run', value: 'run\\-1', short: true },
      {
        title: 'Failed',
        value: '- apps/hello\\.zip: ACCESS\\_DENIED: not allowed to do lambda&#58;CreateFunction',
        short: false,
      },
      { title: 'Deployed', value: '- com\\.example\\.hello v1\\.0\\.0 \\(apps/hello\\.zip\\)', short: false },
    ]);
  });

  test('without failures is green, and says if there was no time left', () => {
    const report = { ...REPORT, failed: [], isOutOfTime: true };
    expect(attachmentOf({ kind: 'summary', report }).color).toBe('#006400');
    expect(fieldsOf({ kind: 'summary', report })).toMatchObject({ 'Next run': expect.any(String) });
  });

  test('ends after some bundles', () => {
    const report = { ...REPORT, failed: [], deployed: Array.from({ length: 12 }, () => DEPLOYED) };
    const lines = fieldsOf({ kind: 'summary', report })['Deployed']?.split('\n') ?? [];
    expect(lines).toHaveLength(11);
    expect(lines.at(-1)).toBe('- and 2 more');
  });
});

/** All texts of a message. */
function textsOf(message: DeployerMessage, context = CONTEXT): string[] {
  const { fallback, title, fields } = webhookMessage(message, context, CLI_VOCABULARY).attachments[0];
  return [fallback, title, ...fields.flatMap((field) => [field.title, field.value])];
}

describe('any message', () => {
  const long = '|'.repeat(5000);
  const longApp = {
    id: long,
    version: long,
    displayName: long,
    homepageUrl: `https://a.de/${'b'.repeat(250)}`,
  };
  const longError = new AppsctlError('SERVICE', long, {
    hint: long,
    items: Array.from({ length: 9 }, () => long),
  });
  const longDeployed = { ...DEPLOYED, key: long, app: longApp };
  const longFailed = { ...FAILED, key: long, app: longApp, error: longError };
  test.each<DeployerMessage>([
    { kind: 'deployed', bundle: longDeployed },
    { kind: 'failed', bundle: longFailed },
    { kind: 'failed', bundle: { ...longFailed, nextAttemptAt: undefined } },
    { kind: 'pass failed', error: longError },
    {
      kind: 'summary',
      report: {
        ...REPORT,
        deployed: Array.from({ length: 30 }, () => longDeployed),
        failed: Array.from({ length: 30 }, () => longFailed),
      },
    },
  ])('of the longest texts has no text that is empty: $kind', (message) => {
    const texts = textsOf(message, { run: long, environment: long });
    expect(texts.join('').length).toBeLessThanOrEqual(4000);
    expect(texts).not.toContain('');
  });

  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(
      '@all',
      '<!here>',
      '[x](http://y)',
      '*',
      '|'.repeat(5000),
      '😀'.repeat(3000),
      '@'.repeat(5000),
    ),
  );
  const app = fc.record({
    id: text,
    version: text,
    displayName: text,
    homepageUrl: fc.oneof(text, fc.webUrl()),
  });
  const error = fc
    .record({
      message: text,
      hint: fc.option(text, { nil: undefined }),
      items: fc.array(text, { maxLength: 20 }),
    })
    .map(({ message, hint, items }) => new AppsctlError('SERVICE', message, { hint, items }));
  const deployed = fc.record({
    key: text,
    app,
    functions: fc.constant(DEPLOYED.functions),
    milliseconds: fc.nat(),
    failedAttempts: fc.nat(),
  });
  const failed = fc.record({
    key: text,
    app: fc.option(app, { nil: undefined }),
    error,
    attempts: fc.nat(),
    nextAttemptAt: fc.option(fc.nat(), { nil: undefined }),
    isRecorded: fc.boolean(),
    isNews: fc.constant(true),
  });
  const message: fc.Arbitrary<DeployerMessage> = fc.oneof(
    fc.record({ kind: fc.constant('deployed' as const), bundle: deployed }),
    fc.record({ kind: fc.constant('failed' as const), bundle: failed }),
    fc.record({ kind: fc.constant('pass failed' as const), error }),
    fc.record({
      kind: fc.constant('summary' as const),
      report: fc
        .record({
          deployed: fc.array(deployed, { maxLength: 20 }),
          failed: fc.array(failed, { maxLength: 20 }),
        })
        .map((bundles) => ({ ...REPORT, ...bundles })),
    }),
  );

  test('has at most 4,000 characters, mentions nobody and has no formatting but its own', () => {
    fc.assert(
      fc.property(message, text, (what, name) => {
        const texts = textsOf(what, { run: name, environment: name });
        expect(texts.join('').length).toBeLessThanOrEqual(4000);
        for (const line of texts.flatMap((value) => value.split('\n'))) {
          const outside = line
            .replace(/^\[(.*)\]\(https:\/\/[a-z0-9.-]+(?::\d+)?\/[A-Za-z0-9/:.?=&%#_+-]*\)$/, '$1')
            .replace(/^- /, '');
          expect(outside).not.toMatch(/@(?!\u200b)|(?<!\\)[*_`[\]-]|[<>|~$\p{Cc}\p{Cs}]|https?:\//u);
        }
      }),
    );
  });
});
