import { expect, test } from 'vitest';
import { guessAccount } from '../../../../src/core/aws/guess-account.js';

test.each([
  ['ASIAY34FZKBOKMUTVV7A', 'us-east-1', { accountId: '609629065308', partition: 'aws' }],
  ['ASIAQNZGKIQY56JQ7WML', 'eu-west-1', { accountId: '029608264753', partition: 'aws' }],
  ['AKIAY34FZKBOKMUTVV7A', 'cn-north-1', { accountId: '609629065308', partition: 'aws-cn' }],
  ['AKIAY34FZKBOKMUTVV7A', 'us-gov-west-1', { accountId: '609629065308', partition: 'aws-us-gov' }],
  ['test', 'us-east-1', undefined],
  ['AROAY34FZKBOKMUTVV7A', 'us-east-1', undefined],
  ['AKIA0000000000000000', 'us-east-1', undefined],
])('the account of %s in %s', (key, region, account) => expect(guessAccount(key, region)).toEqual(account));
