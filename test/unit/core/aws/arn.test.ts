import { describe, expect, test } from 'vitest';
import {
  basicExecutionPolicyArn,
  functionArn,
  functionArnPrefix,
  parseAccount,
  policyArn,
  s3Arn,
} from '../../../../src/core/aws/arn.js';

const ACCOUNT = { partition: 'aws-cn', accountId: '123456789012' };

describe('parseAccount', () => {
  test.each([
    ['arn:aws-cn:iam::123456789012:role/role', ACCOUNT],
    ['arn:aws-cn:sts::123456789012:assumed-role/role/session', ACCOUNT],
    ['arn:aws:s3:::bucket', { partition: 'aws', accountId: '' }],
  ])('%s', (arn, account) => expect(parseAccount(arn)).toEqual(account));

  test.each([
    '',
    'role',
    'urn:aws:iam::123456789012:role/role',
    'arn::iam::123456789012:role/role',
    'arn:aws:iam:us-east-1',
  ])('refuses %j', (text) => expect(() => parseAccount(text)).toThrow(`${text} is not an ARN`));
});

test('ARNs have the partition of the account', () => {
  expect(functionArnPrefix(ACCOUNT, 'cn-north-1')).toBe(
    'arn:aws-cn:lambda:cn-north-1:123456789012:function:',
  );
  expect(functionArn(ACCOUNT, 'cn-north-1', 'fn')).toBe(
    'arn:aws-cn:lambda:cn-north-1:123456789012:function:fn',
  );
  expect(policyArn(ACCOUNT, 'p')).toBe('arn:aws-cn:iam::123456789012:policy/p');
  expect(s3Arn(ACCOUNT, 'b')).toBe('arn:aws-cn:s3:::b');
  expect(s3Arn(ACCOUNT, 'b', 'a/*')).toBe('arn:aws-cn:s3:::b/a/*');
  expect(basicExecutionPolicyArn(ACCOUNT)).toBe(
    'arn:aws-cn:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
  );
});
