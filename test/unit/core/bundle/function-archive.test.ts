import { describe, expect, test } from 'vitest';
import { type ArchiveFile, checkFunctionArchive } from '../../../../src/core/bundle/function-archive.js';
import { type Finding, Findings } from '../../../../src/core/diagnostics/findings.js';
import { FINDING } from '../../../support/messages/bundle.js';

/** The modes of files by name; undefined for a zip without modes. */
type Files = Readonly<Record<string, number | undefined>>;

function check(runtime: string, handler: string, files: Files, size = 1): readonly Finding[] {
  const findings = new Findings();
  const content = Object.entries(files).map(
    ([name, mode]): ArchiveFile => ({
      name,
      mode,
      size,
      isLink: (mode ?? 0) >>> 12 === 0o12,
    }),
  );
  const item = {
    ...{ location: 'functions[0]', name: 'fn', lambdaName: 'app_1_fn' },
    ...{ handler, runtime, archive: { name: 'fn.zip', size: 1 } },
  };
  checkFunctionArchive(item, content, findings);
  return findings.all;
}

const describeFinding = ({ rule, severity, location, message }: Finding): string =>
  `${rule} ${severity} ${location} ${message}`;

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

describe('a function archive that cannot run', () => {
  test.each<[string, string, Files, string]>([
    ['nodejs22.x', 'index.handler', {}, 'function/empty-archive error fn.zip is an empty archive'],
    [
      'nodejs22.x',
      'index.handler',
      { 'a/': FILE },
      'function/empty-archive error fn.zip is an empty archive',
    ],
    [
      'nodejs22.x',
      'index.handler',
      { 'app.js': FILE },
      'function/entry-point error fn.zip has no index.js, where the runtime looks for the handler index.handler',
    ],
    ['nodejs22.x', 'a/b.handler', { 'b.js': FILE }, 'function/entry-point error fn.zip has no a/b.js'],
    ['nodejs22.x', 'a.b.handler', { 'a.b.js': FILE }, 'function/entry-point error fn.zip has no a.js'],
    [
      'nodejs22.x',
      'index.handler',
      { 'index.ts': FILE },
      'function/entry-point error fn.zip has no index.js',
    ],
    ['python3.12', 'app.handler', { 'app.x/y.so': FILE }, 'function/entry-point error fn.zip has no app.py'],
    ['ruby3.4', 'app.handler', { 'app.py': FILE }, 'function/entry-point error fn.zip has no app.rb'],
    [
      'nodejs22.x',
      'index',
      { 'index.js': FILE },
      'function/handler error functions[0].handler function fn has the handler "index", which does not name a file',
    ],
    [
      'nodejs22.x',
      'a.b/index',
      { 'index.js': FILE },
      'function/handler error functions[0].handler function fn has the handler "a.b/index"',
    ],
    [
      'nodejs22.x',
      '../index.handler',
      { 'index.js': FILE },
      'function/handler error functions[0].handler function fn has the handler "../index.handler"',
    ],
    [
      'python3.12',
      'app',
      { 'app.py': FILE },
      'function/handler error functions[0].handler function fn has the handler "app", which does not name a file',
    ],
    [
      'python3.12',
      'a..handler',
      { 'a.py': FILE },
      'function/handler error functions[0].handler function fn has the handler "a..handler"',
    ],
    [
      'ruby3.4',
      'app',
      { 'app.rb': FILE },
      'function/handler error functions[0].handler function fn has the handler "app", which does not name a file',
    ],
    [
      'nodejs22.x',
      'index.handler',
      { 'fn/index.js': FILE },
      'function/entry-point error fn.zip has no index.js',
    ],
    [
      'nodejs22.x',
      'index.handler',
      { 'index.js': 0o100600 },
      'function/not-readable error fn.zip has index.js, which AWS Lambda is not allowed to read',
    ],
    ['python3.12', 'app.handler', { 'app.js': FILE }, 'function/entry-point error fn.zip has no app.py'],
    [
      'provided.al2023',
      'x',
      { main: PROGRAM },
      'function/entry-point error fn.zip does not have bootstrap at its root',
    ],
    [
      'provided.al2023',
      'x',
      { 'bin/bootstrap': PROGRAM },
      'function/entry-point error fn.zip does not have bootstrap at its root',
    ],
    [
      'provided.al2023',
      'x',
      { bootstrap: FILE },
      'function/not-executable error fn.zip has bootstrap, which is not executable',
    ],
    [
      'provided.al2023',
      'x',
      { bootstrap: undefined },
      'function/not-executable error fn.zip has bootstrap, which is not executable',
    ],
    [
      'go1.x',
      'main',
      { bootstrap: PROGRAM },
      'function/entry-point error fn.zip does not have main at its root',
    ],
    [
      'java21',
      'com.example.App',
      { 'App.class': FILE },
      'function/entry-point error fn.zip has no com/example/App.class',
    ],
    [
      'nodejs22.x',
      'index.handler',
      { 'index.js': FILE, '../x': FILE },
      'zip/unsafe-name error fn.zip: ../x has a ".." segment in its path',
    ],
    [
      'nodejs22.x',
      'index.handler',
      { 'index.js': FILE, '/x': FILE },
      'zip/unsafe-name error fn.zip: /x is an absolute path',
    ],
  ])('%s %s %j', (runtime, handler, files, finding) => {
    const [first = ''] = check(runtime, handler, files).map(describeFinding);
    expect(first.slice(0, finding.length)).toBe(finding);
  });

  test('has more uncompressed bytes than AWS Lambda allows', () => {
    expect(check('cobol', 'x', { a: FILE, b: FILE }, 131_072_000)).toEqual([]);
    expect(check('cobol', 'x', { a: FILE, b: FILE }, 131_072_001).map(describeFinding)).toEqual([
      'function/too-large error fn.zip has 262144002 bytes when uncompressed, over the limit of 262144000',
    ]);
  });
});

const SPRING_BOOT =
  'build the jar with the maven-shade-plugin instead of the spring-boot-maven-plugin: AWS Lambda does not load classes from BOOT-INF/';

test.each<[string, string, Files, string]>([
  [
    'nodejs22.x',
    'bundle/index.handler',
    { 'index.js': FILE, 'node_modules/x/bundle/index.js': FILE },
    'index.js is at the root of the archive: write index.handler',
  ],
  [
    'nodejs22.x',
    'a/b/app.x.handler',
    { 'app.mjs': FILE },
    'app.mjs is at the root of the archive: write app.x.handler',
  ],
  [
    'python3.12',
    'src.app.handler',
    { 'app.py': FILE },
    'app.py is at the root of the archive: write app.handler',
  ],
  ['java21', 'com.example.App', { 'BOOT-INF/classes/com/example/App.class': FILE }, SPRING_BOOT],
  [
    'java21',
    'com.example.App',
    { 'x/com/example/App.class': FILE },
    'found at x/com/example/App.class: zip the contents of the folder, not the folder itself',
  ],
  ['nodejs22.x', 'index.handler', { 'other.js': FILE }, 'add it, or correct the handler'],
  ['nodejs22.x', 'main.handler', { 'index.js': FILE }, 'add it, or correct the handler'],
  ['python3.12', 'main.handler', { '__init__.py': FILE }, 'add it, or correct the handler'],
])('%s %s %j: the fix says where the code is', (runtime, handler, files, fix) => {
  expect(check(runtime, handler, files).map((finding) => finding.fix)).toEqual([fix]);
});

test('files that AWS Lambda is not allowed to read are a warning', () => {
  const files = { 'index.js': FILE, a: 0o100600, b: 0o100640 };
  expect(check('nodejs22.x', 'index.handler', files).map(describeFinding)).toEqual([
    'function/not-readable warning fn.zip has files that AWS Lambda is not allowed to read: a and 1 more',
  ]);
});

test('links are a warning', () => {
  const files = { 'index.js': FILE, a: 0o120777, b: 0o120777 };
  expect(check('nodejs22.x', 'index.handler', files).map(describeFinding)).toEqual([
    `zip/link warning fn.zip ${FINDING.links('a and 1 more')}`,
  ]);
});

test('a file that appears twice is an error; a folder, or a name in another case, is not', () => {
  const findings = new Findings();
  const item = {
    name: 'fn',
    location: 'functions[0]',
    lambdaName: 'app_1_fn',
    handler: 'x',
    runtime: 'cobol',
    archive: { name: 'fn.zip', size: 1 },
  };
  const names = ['a', 'A', 'b/', 'b/', 'a'];
  const files = names.map((name) => ({ name, size: 1, mode: FILE, isLink: false }));
  expect(checkFunctionArchive(item, files, findings)).toBe(false);
  expect(findings.all.map(describeFinding)).toEqual([
    'zip/duplicate-entry error fn.zip: a appears twice in the archive',
  ]);
});

test('a class that may be in a .jar file is a note', () => {
  expect(check('java21', 'com.example.App', { 'lib/app.jar': FILE })).toMatchObject([
    { rule: 'function/entry-point', severity: 'note', location: 'fn.zip' },
  ]);
});
