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
  ['mattermost-apps-invoke', true],
  ['a+=,.@-_1', true],
  ['a'.repeat(128), true],
  ['a'.repeat(129), false],
  ['', false],
  ['a b', false],
  ['path/name', false],
  ['arn:aws:iam::123456789012:role/name', false],
])('an IAM name %j: %s', (text, expected) => {
  expect(isIamName(text)).toBe(expected);
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
