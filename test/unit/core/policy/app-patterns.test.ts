import { describe, expect, test } from 'vitest';
import { collapseApps, emptyPatterns } from '../../../../src/core/policy/app-patterns.js';

const SCOPE = 'arn:aws:lambda:us-east-1:123456789012:function:';
const arns = (names: readonly string[]): string[] => names.map((name) => SCOPE + name);

describe('emptyPatterns', () => {
  test.each([
    ['an app without functions', 'app_1-0-0_*', ['other_1-0-0_f'], true],
    ['an app without a version', 'app__*', ['other_1-0-0_f'], true],
    ['no functions at all', 'app_1-0-0_*', [], true],
    ['an app whose version another one begins with', 'app_1-0_*', ['app_1-0-1_f'], true],
    ['an app with a function', 'app_1-0-0_*', ['other_1-0-0_f', 'app_1-0-0_f'], false],
    ['a function', 'app_1-0-0_f', [], false],
    ['all functions', '*', [], false],
    ['a pattern without a version', 'app_*', [], false],
    ['a pattern with another end', 'app_1-0-0*', [], false],
    ['a wildcard in the middle', 'app_*_*', [], false],
    ['an alias', 'app_1-0-0_f:*', [], false],
    ['a pattern without an id', '_1-0-0_*', [], false],
  ])('%s: %s beside %j: %j', (_, pattern, functions, isEmpty) => {
    expect(emptyPatterns(arns([pattern]), arns(functions), SCOPE)).toEqual(isEmpty ? arns([pattern]) : []);
  });

  test('ignores other regions', () => {
    const foreign = 'arn:aws:lambda:eu-west-1:123456789012:function:app_1-0-0_*';
    expect(emptyPatterns([foreign], [], SCOPE)).toEqual([]);
  });
});

describe('collapseApps', () => {
  const collapse = (
    resources: readonly string[],
    functions: readonly string[] | undefined = resources,
    apps: readonly string[] = ['a_1_', 'b_1_'],
    allowed: readonly string[] = resources,
  ): string[] =>
    collapseApps(
      arns(resources),
      { functions: functions && arns(functions), appPrefixes: arns(apps) },
      arns(allowed),
    ).map((arn) => arn.slice(SCOPE.length));

  test.each<[string, ReturnType<typeof collapse>, string[]]>([
    ['functions of an app', collapse(['a_1_x', 'a_1_y']), ['a_1_*']],
    ['a single function', collapse(['a_1_x']), ['a_1_x']],
    ['a single function that appears twice', collapse(['a_1_x', 'a_1_x']), ['a_1_x']],
    ['a function beside the pattern of its app', collapse(['a_1_*', 'a_1_x'], ['a_1_x']), ['a_1_*']],
    [
      'several apps, in their places',
      collapse(['x', 'b_1_x', 'a_1_x', 'y', 'b_1_y', 'a_1_y', 'z']),
      ['x', 'b_1_*', 'a_1_*', 'y', 'z'],
    ],
    ['an app that appears twice', collapse(['a_1_x', 'a_1_y'], undefined, ['a_1_', 'a_1_']), ['a_1_*']],
    [
      'an app whose prefix another app has',
      collapse(['a_1_x', 'a_1_y'], [], ['a_1_', 'a_1_b_2_']),
      ['a_1_x', 'a_1_y'],
    ],
    [
      'an app that begins like another one',
      collapse(['a_1_b_2_x', 'a_1_b_2_y'], [], ['a_1_', 'a_1_b_2_']),
      ['a_1_b_2_*'],
    ],
    [
      'an app with a function that is not allowed',
      collapse(['a_1_x', 'a_1_y'], ['a_1_x', 'a_1_secret']),
      ['a_1_x', 'a_1_y'],
    ],
    [
      'an app with a function that another policy allows',
      collapse(['a_1_x', 'a_1_y'], ['a_1_z'], undefined, ['a_1_x', 'a_1_y', 'a_1_z']),
      ['a_1_*'],
    ],
    [
      'an app with a function that a pattern of another policy allows',
      collapse(['a_1_x', 'a_1_y'], ['a_1_z'], undefined, ['a_1_x', 'a_1_y', 'a_1*']),
      ['a_1_*'],
    ],
    [
      'beside a function of another app that is not allowed',
      collapse(['a_1_x', 'a_1_y'], ['b_1_secret']),
      ['a_1_*'],
    ],
    [
      'an app with a function that no pattern allows',
      collapse(['a_1_x', 'a_1_y'], ['a_1_z'], undefined, ['a_1_x', 'a_1_y', 'a_1_zz*']),
      ['a_1_x', 'a_1_y'],
    ],
    ['apps in any order', collapse(['a_1_x', 'a_1_y'], [], ['a_1_b_2_', 'c_1_', 'a_1_']), ['a_1_x', 'a_1_y']],
    ['functions of unknown apps', collapse(['c_1_x', 'c_1_y']), ['c_1_x', 'c_1_y']],
    [
      'nothing without knowing all functions, but duplicates',
      collapseApps(['a1', 'a1', 'a2'], { functions: undefined, appPrefixes: ['a'] }, []),
      ['a1', 'a2'],
    ],
  ])('%s', (_, collapsed, expected) => expect(collapsed).toEqual(expected));
});
