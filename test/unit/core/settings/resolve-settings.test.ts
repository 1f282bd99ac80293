import { describe, expect, test } from 'vitest';
import { layer } from '../../../../src/core/settings/app-settings.js';
import { DEFAULT_PACKAGE_SETTINGS } from '../../../../src/core/settings/package-settings.js';
import { resolveSettings, type VariableValues } from '../../../../src/core/settings/resolve-settings.js';
import type { SettingsFile } from '../../../../src/core/settings/schema.js';

const resolve = (file: SettingsFile, environment?: string, variables: VariableValues | undefined = {}) =>
  resolveSettings('appsctl.json', file, environment, variables);

/** Settings without those that are not given. */
const given = (settings: object | undefined) =>
  Object.fromEntries(Object.entries(settings ?? {}).filter(([, value]) => value !== undefined));

describe('the settings of an environment', () => {
  const file: SettingsFile = {
    policy: 'p',
    executeRole: 'r',
    memory: 256,
    env: { ONE: 'all', TWO: 'all' },
    functions: { one: { memory: 512, tags: { team: 'apps' } } },
    environments: {
      production: {
        policy: 'p2',
        memory: 1024,
        env: { TWO: 'production' },
        functions: { one: { timeout: 60, tags: { stage: 'production' } }, two: { memory: 128 } },
      },
      staging: {},
    },
  };

  test('are put over the others: values replace, variables and tags are merged', () => {
    const { policyName, executionRoleName, functions, functionsByName } = resolve(file, 'production');
    expect([policyName, executionRoleName]).toEqual(['p2', 'r']);
    expect(given(functions)).toEqual({ memory: 1024, env: { ONE: 'all', TWO: 'production' } });
    expect(given(functionsByName.get('one'))).toEqual({
      ...{ memory: 512, timeout: 60 },
      tags: { team: 'apps', stage: 'production' },
    });
    expect(given(functionsByName.get('two'))).toEqual({ memory: 128 });
  });

  test.each([undefined, 'staging'])('do not count for %s', (environment) => {
    const { policyName, functions, functionsByName } = resolve(file, environment);
    expect(policyName).toBe('p');
    expect(given(functions)).toEqual({ memory: 256, env: { ONE: 'all', TWO: 'all' } });
    expect([...functionsByName.keys()]).toEqual(['one']);
  });

  test.each([
    ['prodution', 'did you mean "production"?'],
    ['qa', 'it has production, staging'],
    ['toString', 'it has production, staging'],
  ])('are an error for the unknown environment %s', (environment, hint) => {
    expect(() => resolve(file, environment)).toThrow(
      expect.objectContaining({
        ...{ code: 'INVALID_SETTINGS', hint },
        message: `appsctl.json has no environment ${JSON.stringify(environment)}`,
      }),
    );
  });
});

describe('variables of the environment', () => {
  const file: SettingsFile = {
    env: { KEY: '${SECRET}', URL: 'https://${HOST}/${PATH_2}' },
    functions: { one: { tags: { commit: '${COMMIT}' } } },
    environments: { production: { env: { KEY: '${PRODUCTION_SECRET}' } } },
  };
  const variables = { SECRET: 's', HOST: 'h', PATH_2: 'p', COMMIT: 'c' };

  test('fill the values of variables and tags', () => {
    const { functions, functionsByName } = resolve(file, undefined, variables);
    expect(functions.env).toEqual({ KEY: 's', URL: 'https://h/p' });
    expect(functionsByName.get('one')?.tags).toEqual({ commit: 'c' });
  });

  test.each<[VariableValues, string | undefined, string[]]>([
    [{ ...variables, SECRET: undefined }, undefined, ['env.KEY: the environment variable SECRET is not set']],
    [
      variables,
      'production',
      ['environments.production.env.KEY: the environment variable PRODUCTION_SECRET is not set'],
    ],
    [
      { SECRET: 's' },
      undefined,
      [
        'env.URL: the environment variable HOST is not set',
        'env.URL: the environment variable PATH_2 is not set',
        'functions.one.tags.commit: the environment variable COMMIT is not set',
      ],
    ],
  ])('that are not set are errors: %j', (values, environment, problems) => {
    const [only] = problems.length === 1 ? problems : [];
    expect(() => resolve(file, environment, values)).toThrow(
      expect.objectContaining({
        code: 'MISSING_VARIABLE',
        message:
          only === undefined
            ? `appsctl.json names ${problems.length} environment variables that are not set`
            : `appsctl.json: ${only}`,
        items: only === undefined ? problems : [],
      }),
    );
  });

  test('do not matter where values do not', () => {
    expect(resolveSettings('appsctl.json', file, undefined, undefined).functions.env).toEqual({
      KEY: '',
      URL: 'https:///',
    });
  });
});

test('variables and tags that AWS Lambda does not accept are errors, each by its place', () => {
  const file: SettingsFile = {
    env: { TEXT: '${LONG}' },
    functions: { one: { tags: { note: '${LONG}' } } },
    environments: { p: { functions: { two: { env: { TEXT: '${LONG}' } } } } },
  };
  expect(() => resolve(file, 'p', { LONG: 'x'.repeat(4096) })).toThrow(
    expect.objectContaining({
      code: 'INVALID_SETTINGS',
      findings: [
        expect.objectContaining({ location: 'appsctl.json: env' }),
        expect.objectContaining({ location: 'appsctl.json: functions.one.tags' }),
        expect.objectContaining({ location: 'appsctl.json: environments.p.functions.two.env' }),
      ],
    }),
  );
});

test('how the bundle is built is the same in every environment', () => {
  const file: SettingsFile = {
    manifest: 'src/manifest.json',
    build: 'make',
    functions: { one: { code: { '.': 'dist', lib: 'lib' }, handler: 'a.b', memory: 512 } },
    environments: { p: {} },
  };
  for (const environment of [undefined, 'p']) {
    expect(resolve(file, environment).package).toEqual({
      ...{ manifest: 'src/manifest.json', static: 'static', build: 'make' },
      functions: new Map([
        [
          'one',
          {
            code: new Map([
              ['.', 'dist'],
              ['lib', 'lib'],
            ]),
            handler: 'a.b',
          },
        ],
      ]),
    });
  }
  expect(resolve({}).package).toEqual(DEFAULT_PACKAGE_SETTINGS);
});

test('every setting of a layer replaces the one below', () => {
  const base = { memory: 1, timeout: 1, env: { A: '1', B: '1' }, layers: ['a'], tracing: 'active' } as const;
  expect(given(layer(base, {}))).toEqual(base);
  const over = { memory: 2, timeout: 2, env: { B: '2' }, layers: [], tracing: 'pass-through' } as const;
  expect(given(layer(base, over))).toEqual({ ...over, env: { A: '1', B: '2' } });
});
