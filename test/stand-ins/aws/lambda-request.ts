import type { Account } from './account.js';
import { AwsError } from './errors.js';
import type { Answer, Caller, IncomingCall } from './exchange.js';
import type { Invoker } from './invoke.js';
import type { StoredFunction } from './lambda-model.js';
import { checkFunctionName } from './lambda-settings.js';

export interface LambdaCall {
  account: Account;
  invoker: Invoker;
  call: IncomingCall;
  /** Of the function that the path names; empty where it names none. */
  functionName: string;
}

export interface LambdaOperation {
  name: string;
  /** Where it differs from the operation's own name. */
  action?: string;
  method: string;
  path: RegExp;
  /** The resource that the path names, if it is not a function. */
  resource?(account: Account, name: string): string;
  act(request: LambdaCall, caller: Caller): Answer | Promise<Answer>;
}

export function existingFunction({ account, functionName }: LambdaCall): StoredFunction {
  return account.functions.get(checkFunctionName(functionName)) ?? missing(account, functionName);
}

/** The function of a read; one that was just created can be missing. */
export function visibleFunction(request: LambdaCall): StoredFunction {
  const stored = existingFunction(request);
  if (stored.missingReads === 0) return stored;
  stored.missingReads--;
  return missing(request.account, request.functionName);
}

function missing(account: Account, functionName: string): never {
  throw new AwsError(
    404,
    'ResourceNotFoundException',
    `Function not found: ${account.functionArn(functionName)}`,
  );
}
