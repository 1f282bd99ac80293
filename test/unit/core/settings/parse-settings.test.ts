import { describe, expect, test } from 'vitest';
import { AppsctlError } from '../../../../src/core/diagnostics/error.js';
import { parseSettings } from '../../../../src/core/settings/parse-settings.js';

const parse = (text: string) => parseSettings('appsctl.json', Buffer.from(text));

/** What is wrong with a file, one text each. */
function problemsIn(content: unknown): string[] {
  try {
    parse(typeof content === 'string' ? content : JSON.stringify(content));
  } catch (error) {
    if (!AppsctlError.is(error)) throw error;
    expect(error.code).toBe('INVALID_SETTINGS');
    const { findings } = error;
    expect(findings.every(({ rule, severity }) => rule === 'settings/invalid' && severity === 'error')).toBe(
      true,
    );
    if (findings.length === 1) return [error.message];
    expect(error.message).toBe(`appsctl.json has ${findings.length} errors`);
    return findings.map(({ location, message }) => `${location}: ${message}`);
  }
  return [];
}

const LAYER = 'arn:aws:lambda:us-east-1:123456789012:layer:my-layer';

/** Every key, with a valid value. */
const FUNCTION_SETTINGS = {
  memory: 512,
  timeout: 60,
  architecture: 'arm64',
  env: { AA: '1' },
  requiredEnv: ['AA'],
  tags: { team: 'apps' },
  ephemeralStorage: 1024,
  logRetention: 30,
  vpc: { subnets: ['subnet-0a'], securityGroups: ['sg-0a'] },
  layers: [`${LAYER}:3`],
  tracing: 'active',
};
const NAMES = { policy: 'p', executeRole: 'r' };
const COMPLETE = {
  $schema: 'https://example.com/schema.json',
  manifest: 'src/manifest.json',
  static: 'public',
  build: 'npm run build',
  ...NAMES,
  ...FUNCTION_SETTINGS,
  functions: {
    hello: {
      ...FUNCTION_SETTINGS,
      code: { '.': 'dist', node_modules: 'node_modules' },
      archive: 'a.zip',
      exclude: ['*.map'],
      bundle: true,
      handler: 'index.handler',
      runtime: 'nodejs22.x',
    },
  },
  environments: {
    production: { ...NAMES, ...FUNCTION_SETTINGS, functions: { hello: FUNCTION_SETTINGS } },
  },
};

test('a file with every key is read as it is', () => {
  expect(parse(JSON.stringify(COMPLETE))).toEqual(COMPLETE);
  expect(parse('{}')).toEqual({});
});

test('names of functions, variables and environments are any text', () => {
  const content = {
    functions: { __proto__x: {} },
    env: { constructor: 'a' },
    environments: { toString: {} },
  };
  expect(parse(JSON.stringify(content))).toEqual(content);
});

describe('a value that is not valid is refused by its place', () => {
  test.each<[unknown, string]>([
    [{ memory: 64 }, 'memory: 64 is not an integer from 128 to 10240'],
    [{ memory: '512' }, 'memory: must be a number, not a string'],
    [{ memory: 512.5 }, 'memory: 512.5 is not an integer from 128 to 10240'],
    [{ timeout: 901 }, 'timeout: 901 is not an integer from 1 to 900'],
    [{ ephemeralStorage: 511 }, 'ephemeralStorage: 511 is not an integer from 512 to 10240'],
    [{ architecture: 'arm' }, 'architecture: "arm" is not x86_64 or arm64'],
    [{ tracing: true }, 'tracing: true is not active or pass-through'],
    [{ env: [] }, 'env: must be an object, not a list'],
    [{ env: { A: 1 } }, 'env.A: must be a string, not a number'],
    [{ env: { A: null } }, 'env.A: must be a string, not null'],
    [{ tags: { 'a b': {} } }, 'tags["a b"]: must be a string, not an object'],
    [{ requiredEnv: 'A' }, 'requiredEnv: must be a list, not a string'],
    [{ requiredEnv: ['AA', 1] }, 'requiredEnv[1]: must be a string, not a number'],
    [
      { vpc: { subnets: ['x'], securityGroups: ['sg-1'] } },
      'vpc: "x" in subnets does not have the form subnet-…',
    ],
    [
      { vpc: { subnets: ['subnet-1'], securityGroups: ['subnet-1'] } },
      'vpc: "subnet-1" in securityGroups does not have the form sg-…',
    ],
    [{ vpc: { subnets: [] } }, 'vpc.securityGroups: is missing'],
    [
      { layers: ['my-layer'] },
      'layers: "my-layer" is not the ARN of a layer version, such as arn:aws:lambda:us-east-1:111122223333:layer:my-layer:1',
    ],
    [
      { layers: [1, 2, 3, 4, 5, 6].map((n) => `${LAYER}:${n}`) },
      'layers: there are 6 layers, over the limit of 5 for a function',
    ],
    [{ manifest: '' }, 'manifest: must not be empty'],
    [{ build: ['npm', 'run'] }, 'build: must be a string, not a list'],
    [{ functions: { a: { code: 'dist' } } }, 'functions.a.code: must be an object, not a string'],
    [{ functions: { a: { code: { '.': '' } } } }, 'functions.a.code["."]: must not be empty'],
    [{ functions: { a: { bundle: 'yes' } } }, 'functions.a.bundle: must be true or false, not a string'],
    [
      { functions: { 'a.b': { memory: 1 } } },
      'functions["a.b"].memory: 1 is not an integer from 128 to 10240',
    ],
    [
      { environments: { production: { functions: { a: { timeout: 0 } } } } },
      'environments.production.functions.a.timeout: 0 is not an integer from 1 to 900',
    ],
  ])('%j', (content, problem) => {
    expect(problemsIn(content)).toEqual([`appsctl.json: ${problem}`]);
  });

  test.each([
    ['[]', 'a list'],
    ['null', 'null'],
  ])('%s', (content, type) => {
    expect(problemsIn(content)).toEqual([`appsctl.json must be an object, not ${type}`]);
  });

  test('names of variables and tags, and placeholders, each', () => {
    const env = { AWS_REGION: 'x', '1A': 'y', AA: '${x', BB: '$${x', CC: '${X}' };
    expect(problemsIn({ env, tags: { 'aws:x': '1', ok: '${A-B}' } })).toEqual([
      expect.stringMatching(/^appsctl\.json: env\.AWS_REGION: .*reserved/),
      expect.stringMatching(/^appsctl\.json: env\.1A: "1A" is not a valid name/),
      expect.stringMatching(/^appsctl\.json: env\.AA: has a placeholder that is not of the form/),
      expect.stringMatching(/^appsctl\.json: tags\["aws:x"\]: .*reserved/),
      expect.stringMatching(/^appsctl\.json: tags\.ok: has a placeholder/),
    ]);
  });

  test('logRetention, with all days that are possible', () => {
    expect(problemsIn({ logRetention: 2 })).toEqual([
      expect.stringMatching(/^appsctl\.json: logRetention: 2 is not 1, 3, 5, 7, 14, .* 3288 or 3653$/),
    ]);
  });

  test('all of them at once', () => {
    expect(problemsIn({ memory: 1, functions: { a: { timeout: 0 } }, tracing: 'on' })).toHaveLength(3);
  });
});

describe('an unknown key is refused by its place', () => {
  test.each<[unknown, string]>([
    [{ memroy: 512 }, 'memroy: is not a known key: did you mean "memory"?'],
    [
      { functions: { a: { hadler: 'x' } } },
      'functions.a.hadler: is not a known key: did you mean "handler"?',
    ],
    [
      { vpc: { subnet: [], subnets: [], securityGroups: [] } },
      'vpc.subnet: is not a known key: did you mean "subnets"?',
    ],
    [
      { environments: { p: { build: 'x' } } },
      'environments.p.build: is not a known key: the keys here are policy, ',
    ],
    [
      { environments: { p: { functions: { a: { code: {} } } } } },
      'environments.p.functions.a.code: is not a known key: the keys here are memory, ',
    ],
  ])('%j', (content, problem) => {
    expect(problemsIn(content)).toEqual([expect.stringContaining(`appsctl.json: ${problem}`)]);
  });
});

test('every key is refused where it is misspelled', () => {
  for (const key of Object.keys(COMPLETE)) {
    expect(problemsIn({ [`${key}s_`]: 1 })).toEqual([
      expect.stringContaining(`${key}s_: is not a known key`),
    ]);
  }
});

test('text that is not JSON is refused with its line', () => {
  expect(problemsIn('{\n  "memory": 512,\n}')).toEqual([
    expect.stringMatching(/^appsctl\.json is not valid JSON: .*line [23]/),
  ]);
  expect(problemsIn('{"memory": 1, "memory": 2}')).toEqual([expect.stringContaining('is not valid JSON')]);
});

test('values of variables are not repeated', () => {
  for (const content of [{ env: { A: ['secret'] } }, { env: 'secret' }, { tags: { a: { b: 'secret' } } }]) {
    expect(problemsIn(content).join()).not.toContain('secret');
  }
});
