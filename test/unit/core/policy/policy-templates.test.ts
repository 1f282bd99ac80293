import { describe, expect, test } from 'vitest';
import type { PolicyDocument } from '../../../../src/core/policy/policy-document.js';
import {
  initialInvokePolicy,
  isBucketReadable,
  LAMBDA_TRUST_POLICY,
  tlsOnlyBucketPolicy,
  withBucket,
} from '../../../../src/core/policy/policy-templates.js';

const OBJECTS = ['arn:aws:s3:::b/manifests/*', 'arn:aws:s3:::b/static/*'];
const READ = { Sid: 'AllowS3', Effect: 'Allow', Action: ['s3:GetObject'], Resource: OBJECTS };
const LIST = { Sid: 'AllowS3list', Effect: 'Allow', Action: ['s3:ListBucket'], Resource: ['arn:aws:s3:::b'] };
const document = (...Statement: PolicyDocument['Statement'][]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: Statement.flat(),
});

test('the initial invoke policy allows to read and list the bucket', () => {
  expect(JSON.stringify(initialInvokePolicy('b', 'aws'))).toBe(JSON.stringify(document(READ, LIST)));
  expect(JSON.stringify(initialInvokePolicy('b', 'aws-cn'))).toContain('"arn:aws-cn:s3:::b/static/*"');
  expect(isBucketReadable([initialInvokePolicy('b', 'aws')], 'b', 'aws')).toBe(true);
});

describe('a bucket', () => {
  const all = { Effect: 'Allow', Action: 's3:*', Resource: '*' };
  test.each<[string, PolicyDocument[], boolean]>([
    ['with both statements', [document(READ, LIST)], true],
    ['with the statements in two policies', [document(READ), document(LIST)], true],
    ['with all permissions', [document(all)], true],
    ['that cannot be listed', [document(READ)], false],
    ['that cannot be read', [document(LIST)], false],
    ['without assets', [document({ ...READ, Resource: OBJECTS.slice(0, 1) }, LIST)], false],
    ['without manifests', [document({ ...READ, Resource: OBJECTS.slice(1) }, LIST)], false],
    ['that is denied', [document(READ, LIST, { ...all, Effect: 'Deny' })], false],
    ['of another name', [initialInvokePolicy('other', 'aws')], false],
    ['without policies', [], false],
  ])('%s is readable: %#', (_, documents, isReadable) => {
    expect(isBucketReadable(documents, 'b', 'aws')).toBe(isReadable);
  });

  test.each<[string, PolicyDocument, PolicyDocument | undefined]>([
    ['is not added twice', document(READ, LIST), undefined],
    ['is not added where everything is allowed', document(all), undefined],
    ['is added to an empty policy', document(), document(READ, LIST)],
    ['gets the missing statement', document(READ), document(READ, LIST)],
    [
      'gets the missing resource',
      document(LIST, { ...READ, Resource: OBJECTS.slice(1) }),
      document(LIST, { ...READ, Resource: [...OBJECTS].reverse() }),
    ],
    [
      'is added to another one',
      document({ ...READ, Resource: ['arn:aws:s3:::c/*'] }, { ...LIST, Resource: 'arn:aws:s3:::c' }),
      document(
        { ...READ, Resource: ['arn:aws:s3:::c/*', ...OBJECTS] },
        { ...LIST, Resource: ['arn:aws:s3:::c', 'arn:aws:s3:::b'] },
      ),
    ],
  ])('%s', (_, before, after) => {
    const extended = withBucket(before, 'b', 'aws');
    if (after === undefined) expect(extended).toBe(before);
    else expect(extended).toEqual(after);
  });
});

test('the trust policy lets only AWS Lambda assume the execution role', () => {
  expect(LAMBDA_TRUST_POLICY).toEqual(
    document({ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }),
  );
});

test('the bucket policy denies requests without TLS to the bucket and its objects', () => {
  expect(tlsOnlyBucketPolicy('b', 'aws-us-gov')).toEqual(
    document({
      Sid: 'DenyInsecureTransport',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: ['arn:aws-us-gov:s3:::b', 'arn:aws-us-gov:s3:::b/*'],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    }),
  );
});
