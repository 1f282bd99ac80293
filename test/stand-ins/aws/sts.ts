import type { Account } from './account.js';
import { notImplemented } from './errors.js';
import type { IncomingCall, Operation } from './exchange.js';
import { queryAnswer } from './query-answer.js';

/** Parses one request of the Query protocol. Only GetCallerIdentity is supported. */
export function stsOperation(account: Account, call: IncomingCall): Operation {
  const name = new URLSearchParams(call.body.toString('utf8')).get('Action') ?? '';
  if (name !== 'GetCallerIdentity' || call.method !== 'POST')
    throw notImplemented(`the STS operation ${name}`);
  return {
    service: 'sts',
    name,
    resource: '*',
    reads: true,
    // It needs no permission, and cannot be denied.
    needs: [],
    act: ({ arn, userName }) => {
      const { accountId } = account;
      const UserId = userName === undefined ? accountId : account.users.get(userName)?.id;
      return queryAnswer('sts', name, { Arn: arn, UserId, Account: accountId });
    },
  };
}
