import { describe, expect, test } from 'vitest';
import { AppsctlError } from '../../src/core/errors.js';
import {
  allowInvoke,
  checkPolicySize,
  initialInvokePolicy,
  parsePolicyDocument,
} from '../../src/core/policy.js';

const initial = initialInvokePolicy('bucket', 'aws-us-gov');
const arn = (name: string): string => `arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:${name}`;

describe('allowInvoke', () => {
  test('adds the statement once, then ARNs to it, each once', () => {
    const first = allowInvoke(initial, [arn('a'), arn('b')]);
    const second = allowInvoke(first.document, [arn('b'), arn('c')]);
    expect(first.added).toEqual([arn('a'), arn('b')]);
    expect(second.added).toEqual([arn('c')]);
    expect(second.document).toEqual({
      Version: '2012-10-17',
      Statement: [
        ...(initial.Statement as object[]),
        {
          Sid: 'AllowLambda',
          Effect: 'Allow',
          Action: ['lambda:InvokeFunction'],
          Resource: [arn('a'), arn('b'), arn('c')],
        },
      ],
    });
  });

  test('answers the very same document when nothing is to be added', () => {
    const { document } = allowInvoke(initial, [arn('a')]);
    expect(allowInvoke(document, [arn('a')])).toEqual({ document, added: [] });
    expect(allowInvoke(document, [arn('a')]).document).toBe(document);
  });

  test('keeps what it does not know: conditions, NotAction, other fields, the order', () => {
    const other = { Sid: 'Other', Effect: 'Deny', NotAction: 'iam:*', Resource: '*', Extra: 1 };
    const condition = { StringEquals: { 'aws:PrincipalTag/team': 'apps' } };
    const document = parsePolicyDocument(
      'p',
      JSON.stringify({
        Id: 'x',
        Statement: [
          {
            Sid: 'AllowLambda',
            Effect: 'Allow',
            Action: 'lambda:InvokeFunction',
            Resource: arn('a'),
            Condition: condition,
          },
          other,
        ],
      }),
    );
    expect(allowInvoke(document, [arn('b')]).document).toEqual({
      Id: 'x',
      Statement: [
        {
          Sid: 'AllowLambda',
          Effect: 'Allow',
          Action: 'lambda:InvokeFunction',
          Resource: [arn('a'), arn('b')],
          Condition: condition,
        },
        other,
      ],
    });
  });

  test('takes a document whose only statement is an object', () => {
    const document = parsePolicyDocument(
      'p',
      '{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}',
    );
    expect(allowInvoke(document, [arn('a')]).document.Statement).toHaveLength(2);
  });

  test('does not touch a statement of the same Sid that denies', () => {
    const document = parsePolicyDocument(
      'p',
      `{"Statement":[{"Sid":"AllowLambda","Effect":"Deny","Action":"lambda:InvokeFunction","Resource":"${arn('a')}"}]}`,
    );
    expect(allowInvoke(document, [arn('a')]).added).toEqual([arn('a')]);
  });
});

test.each(['', '[]', '{}', '{"Statement":1}', '{"Statement":[{"Effect":1}]}'])(
  'parsePolicyDocument refuses %j',
  (text) => {
    expect(() => parsePolicyDocument('my-policy', text)).toThrow(
      'the document of policy my-policy cannot be understood',
    );
  },
);

test('a policy that is too long is refused with its size', () => {
  const { document } = allowInvoke(
    initial,
    Array.from({ length: 100 }, (_, index) => arn(`function-with-a-name-${index}`)),
  );
  expect(() => checkPolicySize('my-policy', document)).toThrow(
    /^policy my-policy would have \d+ characters, over the limit of 6144$/,
  );
  expect(() => checkPolicySize('my-policy', document)).toThrow(AppsctlError);
});
