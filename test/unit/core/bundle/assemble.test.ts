import { expect, test } from 'vitest';
import { assembleBundle } from '../../../../src/core/bundle/assemble.js';
import { Findings } from '../../../../src/core/diagnostics/findings.js';
import { LIMITS } from '../../../../src/core/limits.js';
import { manifest } from '../../../support/bundle.js';

const MANIFEST = Buffer.from(JSON.stringify(manifest()));

/** The findings about a bundle with these entries, manifest.json and go.zip. */
function assemble(
  entries: Readonly<Record<string, number>>,
  manifestBytes: Uint8Array | undefined = MANIFEST,
) {
  const findings = new Findings();
  const all = { ...(manifestBytes && { 'manifest.json': 1 }), 'go.zip': 1, ...entries };
  assembleBundle(
    'app.zip',
    Object.entries(all).map(([name, size]) => ({ name, size })),
    manifestBytes,
    findings,
  );
  return findings.all;
}

test('entries that are not part of the app are ignored, those of macOS with a warning', () => {
  const findings = assemble({ 'README.md': 1, '__MACOSX/._go.zip': 1, 'a/.DS_Store': 1, 'empty/': 0 });
  expect(findings.map(({ rule, severity, location }) => [rule, severity, location])).toEqual([
    ['zip/ignored-entry', 'note', 'README.md'],
    ['zip/ignored-entry', 'warning', '__MACOSX/._go.zip'],
    ['zip/ignored-entry', 'warning', 'a/.DS_Store'],
  ]);
});

test('assets, function archives and the whole bundle have size limits', () => {
  const sizes: Record<string, number> = { 'static/a': LIMITS.asset + 1, 'x/go.zip': LIMITS.function + 1 };
  for (let index = 0; index < 20; index++) sizes[`static/${index}`] = LIMITS.asset;
  const errors = assemble(sizes).filter(({ severity }) => severity === 'error');
  expect(errors.map(({ rule, location }) => `${rule} ${location}`)).toEqual([
    'asset/too-large static/a',
    'function/too-large x/go.zip',
    'zip/too-large app.zip',
    'function/ambiguous-archive aws_lambda.functions[0].name',
  ]);
});

const FUNCTION_ARCHIVE = 'this looks like the archive of a function: name the bundle that contains it';

test.each([
  [{ 'app/manifest.json': 1 }, 'the zip has app/manifest.json: move it to the root as manifest.json'],
  [{ 'Manifest.json': 1 }, 'the zip has Manifest.json: move it to the root as manifest.json'],
  [{}, 'add it at the root of the zip'],
  [{ 'bundle/manifest.json': 1, 'node_modules/x/a.js': 1 }, FUNCTION_ARCHIVE],
  [{ 'index.mjs': 1 }, FUNCTION_ARCHIVE],
  [{ 'com/example/App.class': 1 }, FUNCTION_ARCHIVE],
  [{ bootstrap: 1 }, FUNCTION_ARCHIVE],
  [{ 'index.js': 1, 'go.zip': 1 }, 'add it at the root of the zip'],
])('a missing manifest among %j is suggested', (entries, fix) => {
  const findings = new Findings();
  const names = Object.entries(entries).map(([name, size]) => ({ name, size }));
  assembleBundle('app.zip', names, undefined, findings);
  expect(findings.errors).toMatchObject([{ rule: 'manifest/missing', location: 'manifest.json', fix }]);
});

test('an app that cannot run on AWS, and functions with the same name, are errors', () => {
  const http = manifest({ aws_lambda: undefined, http: { root_url: 'http://x' } });
  expect(assemble({}, Buffer.from(JSON.stringify(http)))[0]).toMatchObject({
    rule: 'manifest/deploy-type',
    location: 'aws_lambda',
  });
  const item = { path: '/', name: 'go', handler: 'index.handler', runtime: 'nodejs22.x' };
  const twice = manifest({ aws_lambda: { functions: [item, item] } });
  expect(assemble({}, Buffer.from(JSON.stringify(twice)))).toMatchObject([
    {
      rule: 'manifest/duplicate-function',
      location: 'aws_lambda.functions[1].name',
      message: 'another function has the name "go"',
    },
  ]);
});
