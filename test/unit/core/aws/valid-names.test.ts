import { expect, test } from 'vitest';
import { isBucketName, isIamName, isPolicyArn, isRegion } from '../../../../src/core/aws/valid-names.js';

test.each([
  ['us-east-1', true],
  ['us-gov-west-1', true],
  ['', false],
  ['US-EAST-1', false],
  ['us east', false],
])('a region %j: %s', (text, expected) => {
  expect(isRegion(text)).toBe(expected);
});

test.each([
  ['abc', true],
  ['my-bucket.1', true],
  ['a'.repeat(63), true],
  ['a'.repeat(64), false],
  ['ab', false],
  ['My-Bucket', false],
  ['-bucket', false],
  ['bucket-', false],
  ['arn:aws:s3:::bucket', false],
])('a bucket %j: %s', (text, expected) => {
  expect(isBucketName(text)).toBe(expected);
});

test.each([
  ['mattermost-apps-invoke', 'user', true],
  ['a+=,.@-_1', 'group', true],
  ['a'.repeat(64), 'user', true],
  ['a'.repeat(65), 'user', false],
  ['a'.repeat(64), 'role', true],
  ['a'.repeat(65), 'role', false],
  ['a'.repeat(128), 'group', true],
  ['a'.repeat(129), 'group', false],
  ['a'.repeat(128), 'policy', true],
  ['a'.repeat(129), 'policy', false],
  ['', 'role', false],
  ['a b', 'role', false],
  ['path/name', 'role', false],
  ['arn:aws:iam::123456789012:role/name', 'role', false],
] as const)('%j as the name of a %s: %s', (text, kind, expected) => {
  expect(isIamName(text, kind)).toBe(expected);
});

test.each([
  ['arn:aws:iam::123456789012:policy/boundary', true],
  ['arn:aws-us-gov:iam::aws:policy/service-role/boundary', true],
  ['arn:aws:iam::123456789012:role/boundary', false],
  ['arn:aws:iam::1234:policy/boundary', false],
  ['arn:aws:iam::123456789012:policy/', false],
  ['boundary', false],
])('the ARN of a policy %j: %s', (text, expected) => {
  expect(isPolicyArn(text)).toBe(expected);
});
