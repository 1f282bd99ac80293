import { describe, expect, test } from 'vitest';
import { type ArchiveFile, checkFunctionArchive } from '../../../../src/core/bundle/function-archive.js';
import { Findings } from '../../../../src/core/diagnostics/findings.js';

/** Files by name: the mode, or undefined for a zip that has none. */
type Files = Readonly<Record<string, number | undefined>>;

function check(runtime: string, handler: string, files: Files, size = 1): string[] {
  const findings = new Findings();
  const content = Object.entries(files).map(
    ([name, mode]): ArchiveFile => ({
      name,
      mode,
      size,
      isLink: (mode ?? 0) >>> 12 === 0o12,
    }),
  );
  const item = { name: 'fn', lambdaName: 'app_1_fn', handler, runtime, archive: { name: 'fn.zip', size: 1 } };
  checkFunctionArchive(item, content, findings);
  return findings.all.map(({ severity, location, message }) => `${severity} ${location} ${message}`);
}

const FILE = 0o100644;
const PROGRAM = 0o100755;

describe('a function archive that can run', () => {
  test.each<[string, string, Files]>([
    ['nodejs22.x', 'index.handler', { 'index.js': FILE }],
    ['nodejs22.x', 'index.handler', { 'index.mjs': undefined }],
    ['nodejs22.x', 'index.handler', { 'index.cjs': 0 }],
    ['nodejs22.x', 'a/b.handler', { 'a/b.js': FILE, 'a/': 0o040755 }],
    ['nodejs22.x', 'index.a.b', { 'index.js': FILE }],
    ['nodejs22.x', 'src/app.module.handler', { 'src/app.js': FILE }],
    ['nodejs22.x', 'a.b/index.handler', { 'a.b/index.js': FILE }],
    ['nodejs22.x', './/src/index.handler', { 'src/index.js': FILE }],
    ['nodejs22.x', 'index.handler', { index: FILE }],
    ['nodejs22.x', 'app.handler', { 'app/index.js': FILE }],
    ['nodejs22.x', 'pkg.handler', { 'node_modules/pkg/package.json': FILE }],
    ['nodejs24.x', 'index.handler', { 'index.ts': FILE }],
    ['nodejs26.x', 'index.handler', { 'index.mts': FILE }],
    ['python3.12', 'app.handler', { 'app/__init__.py': FILE }],
    ['python3.12', 'app.handler', { 'app.pyc': FILE }],
    ['python3.12', 'a.b.handler', { 'a/b.cpython-312-x86_64-linux-gnu.so': FILE }],
    ['ruby3.4', 'lib/app.Module::Class.handler', { 'lib/app.rb': FILE }],
    ['nodejs22.x', './index.handler', { 'index.js': FILE }],
    ['python3.12', 'app.main.handler', { 'app/main.py': FILE }],
    ['python3.12', 'app/main.handler', { 'app/main.py': FILE }],
    ['ruby3.4', 'app.handler', { 'app.rb': FILE }],
    ['provided.al2023', 'anything', { bootstrap: PROGRAM }],
    ['go1.x', 'main', { main: PROGRAM }],
    ['java21', 'com.example.App::handle', { 'com/example/App.class': FILE }],
    ['java21', 'com.example.App', { 'com/example/App.class': FILE }],
    ['dotnet8', 'Assembly::Namespace.Class::Method', { 'Assembly.dll': FILE }],
    ['cobol', 'x', { y: FILE }],
  ])('%s %s %j', (runtime, handler, files) => expect(check(runtime, handler, files)).toEqual([]));
});

describe('a function archive that cannot', () => {
  test.each<[string, string, Files, RegExp]>([
    ['nodejs22.x', 'index.handler', {}, /^error fn\.zip is an empty archive$/],
    ['nodejs22.x', 'index.handler', { 'a/': FILE }, /^error fn\.zip is an empty archive$/],
    [
      'nodejs22.x',
      'index.handler',
      { 'app.js': FILE },
      /^error fn\.zip has no index\.js, where the handler index\.handler is looked for$/,
    ],
    ['nodejs22.x', 'a/b.handler', { 'b.js': FILE }, /^error fn\.zip has no a\/b\.js/],
    ['nodejs22.x', 'a.b.handler', { 'a.b.js': FILE }, /^error fn\.zip has no a\.js/],
    ['nodejs22.x', 'index.handler', { 'index.ts': FILE }, /^error fn\.zip has no index\.js/],
    ['python3.12', 'app.handler', { 'app.x/y.so': FILE }, /^error fn\.zip has no app\.py/],
    ['ruby3.4', 'app.handler', { 'app.py': FILE }, /^error fn\.zip has no app\.rb/],
    ['nodejs22.x', 'index', { 'index.js': FILE }, /^error fn has the handler "index", which names no file/],
    ['nodejs22.x', 'a.b/index', { 'index.js': FILE }, /^error fn has the handler "a\.b\/index"/],
    [
      'nodejs22.x',
      '../index.handler',
      { 'index.js': FILE },
      /^error fn has the handler "\.\.\/index\.handler"/,
    ],
    ['python3.12', 'app', { 'app.py': FILE }, /^error fn has the handler "app", which names no file/],
    ['python3.12', 'a..handler', { 'a.py': FILE }, /^error fn has the handler "a\.\.handler"/],
    ['ruby3.4', 'app', { 'app.rb': FILE }, /^error fn has the handler "app", which names no file/],
    ['nodejs22.x', 'index.handler', { 'fn/index.js': FILE }, /^error fn\.zip has no index\.js/],
    [
      'nodejs22.x',
      'index.handler',
      { 'index.js': 0o100600 },
      /^error fn\.zip has index\.js, which AWS Lambda may not read$/,
    ],
    ['python3.12', 'app.handler', { 'app.js': FILE }, /^error fn\.zip has no app\.py/],
    ['provided.al2023', 'x', { main: PROGRAM }, /^error fn\.zip has no bootstrap at its root/],
    ['provided.al2023', 'x', { 'bin/bootstrap': PROGRAM }, /^error fn\.zip has no bootstrap at its root/],
    [
      'provided.al2023',
      'x',
      { bootstrap: FILE },
      /^error fn\.zip has bootstrap, but not as an executable file$/,
    ],
    [
      'provided.al2023',
      'x',
      { bootstrap: undefined },
      /^error fn\.zip has bootstrap, but not as an executable file$/,
    ],
    ['go1.x', 'main', { bootstrap: PROGRAM }, /^error fn\.zip has no main at its root/],
    ['java21', 'com.example.App', { 'App.class': FILE }, /^error fn\.zip has no com\/example\/App\.class/],
    [
      'nodejs22.x',
      'index.handler',
      { 'index.js': FILE, '../x': FILE },
      /^error fn\.zip: \.\.\/x has a "\.\." segment in its path$/,
    ],
    [
      'nodejs22.x',
      'index.handler',
      { 'index.js': FILE, '/x': FILE },
      /^error fn\.zip: \/x is an absolute path$/,
    ],
  ])('%s %s %j', (runtime, handler, files, finding) => {
    const findings = check(runtime, handler, files);
    expect(findings[0]).toMatch(finding);
  });

  test('unpacks to more than AWS Lambda takes', () => {
    expect(check('cobol', 'x', { a: FILE, b: FILE }, 131_072_000)).toEqual([]);
    expect(check('cobol', 'x', { a: FILE, b: FILE }, 131_072_001)).toEqual([
      'error fn.zip unpacks to 262144002 bytes, over the limit of 262144000',
    ]);
  });
});

test('a file that AWS Lambda may not read is warned of', () => {
  expect(check('nodejs22.x', 'index.handler', { 'index.js': FILE, a: 0o100600, b: 0o100640 })).toEqual([
    'warning fn.zip has files that AWS Lambda may not read: a and 1 more',
  ]);
});

test('a link is warned of', () => {
  expect(check('nodejs22.x', 'index.handler', { 'index.js': FILE, a: 0o120777, b: 0o120777 })).toEqual([
    'warning fn.zip has links, which AWS Lambda keeps only if they point to something inside: a and 1 more',
  ]);
});

test('a file that stands twice is an error; a folder, or a name in another case, is not', () => {
  const findings = new Findings();
  const item = {
    name: 'fn',
    lambdaName: 'app_1_fn',
    handler: 'x',
    runtime: 'cobol',
    archive: { name: 'fn.zip', size: 1 },
  };
  const names = ['a', 'A', 'b/', 'b/', 'a'];
  const files = names.map((name) => ({ name, size: 1, mode: FILE, isLink: false }));
  expect(checkFunctionArchive(item, files, findings)).toBe(false);
  expect(findings.all.map(({ location, message }) => `${location} ${message}`)).toEqual([
    'fn.zip: a appears twice in the archive',
  ]);
});

test('a class that may stand in a jar is noted', () => {
  expect(check('java21', 'com.example.App', { 'lib/app.jar': FILE })[0]).toMatch(
    /^note fn\.zip may have the class com\.example\.App/,
  );
});
