import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  assetKey,
  isLambdaFunctionName,
  lambdaFunctionName,
  lambdaNamePrefix,
  manifestKey,
} from '../../../../src/core/aws/resource-names.js';

describe('lambdaFunctionName', () => {
  test.each([
    ['servicenow', '0.1.0', 'go-function', 'servicenow_0-1-0_go-function'],
    ['com.mattermost.servicenow', '0.1.0', 'go function', 'com-mattermost-servicenow_0-1-0_go-function'],
    ['com.example.app', '', 'fn', 'com-example-app__fn'],
    ['app', '1.0', 'my.func', 'app_1-0_my.func'],
    ['com.example.app', '1.0.0', 'f'.repeat(42), `com-example-app_1-0-0_${'f'.repeat(42)}`],
    [
      'com.example.app',
      '1.0.0',
      'f'.repeat(43),
      'com.example.app_1.0.0_2a55be368551fa68b3f930a6bf917d566abd21770e',
    ],
  ])('%s %s %s', (id, version, name, expected) =>
    expect(lambdaFunctionName(id, version, name)).toBe(expected),
  );

  const part = (max: number) => fc.stringMatching(new RegExp(`^[A-Za-z0-9_-]{1,${max}}$`));
  test('of valid parts is valid', () => {
    fc.assert(
      fc.property(part(32), part(10), part(300), (id, version, name) => {
        expect(isLambdaFunctionName(lambdaFunctionName(id, version, name))).toBe(true);
      }),
    );
  });

  test('has at most 64 bytes', () => {
    fc.assert(
      fc.property(part(32), part(10), fc.string({ unit: 'grapheme' }), (id, version, name) => {
        expect(Buffer.byteLength(lambdaFunctionName(id, version, name))).toBeLessThanOrEqual(64);
      }),
    );
  });
});

test('keys have the unchanged id and version', () => {
  expect(assetKey('com.mattermost.servicenow', '0.1.0', 'my photo.png')).toBe(
    'static/com.mattermost.servicenow_0.1.0_app/my-photo.png',
  );
  expect(manifestKey('com.example.app', '1.0.0')).toBe('manifests/com.example.app_1.0.0.json');
  expect(manifestKey('com.example.app', '')).toBe('manifests/com.example.app_.json');
});

test.each([
  ['a', true],
  ['Az09_-', true],
  ['x'.repeat(64), true],
  ['x'.repeat(65), false],
  ['', false],
  ['a.b', false],
  ['a b', false],
  ['ä', false],
  ['a\n', false],
])('AWS Lambda accepts the name %j: %j', (name, isAccepted) => {
  expect(isLambdaFunctionName(name)).toBe(isAccepted);
});

describe('lambdaNamePrefix', () => {
  test.each([
    ['manifests/com.example.app_1.0.0.json', 'com-example-app_1-0-0_'],
    ['manifests/app_.json', 'app__'],
    ['manifests/a\nb_1.json', 'a\nb_1_'],
    ['manifests/.json', undefined],
    ['manifests/app_1.0.0.json.bak', undefined],
    ['locks/manifests/app_1.0.0.json', undefined],
    ['locks/policy.json', undefined],
  ])('%j: %j', (key, prefix) => expect(lambdaNamePrefix(key)).toBe(prefix));

  test('begins the Lambda names of the app', () => {
    expect(lambdaFunctionName('com.example.app', '1.0.0', 'fn')).toBe(
      `${lambdaNamePrefix(manifestKey('com.example.app', '1.0.0'))}fn`,
    );
  });
});
