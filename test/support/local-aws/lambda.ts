import type { Account } from './account.js';
import { AwsError, jsonAnswer as json, notImplemented } from './errors.js';
import {
  type Answer,
  type Caller,
  decodePercent,
  type IncomingCall,
  type Operation,
  queryValue,
} from './exchange.js';
import type { Invoker } from './invoke.js';
import { createFunction, updateFunctionCode, updateFunctionConfiguration } from './lambda-functions.js';
import { invokeFunction } from './lambda-invocation.js';
import type { StoredFunction } from './lambda-model.js';
import { asBody, checkFunctionName, readBody, required } from './lambda-settings.js';
import { configuration, keepBefore, readState } from './lambda-state.js';
import { pageOf } from './paging.js';

const REQUEST_BYTES = 69_905_067;

interface LambdaCall {
  account: Account;
  invoker: Invoker;
  call: IncomingCall;
  /** Of the function that the path names; empty where it names none. */
  functionName: string;
}

interface LambdaOperation {
  name: string;
  /** Where it differs from the operation's own name. */
  action?: string;
  method: string;
  path: RegExp;
  act(request: LambdaCall, caller: Caller): Answer | Promise<Answer>;
}

const FUNCTIONS = '/2015-03-31/functions';

const OPERATIONS: readonly LambdaOperation[] = [
  {
    name: 'CreateFunction',
    method: 'POST',
    path: new RegExp(`^${FUNCTIONS}/?$`),
    async act({ account, call, functionName }, caller) {
      refuseLargeRequest(call, 'CreateFunction');
      const name = checkFunctionName(functionName);
      return json(201, configuration(await createFunction(account, name, readBody(call.body), caller)));
    },
  },
  {
    name: 'ListFunctions',
    method: 'GET',
    path: new RegExp(`^${FUNCTIONS}/?$`),
    act({ account, call }) {
      const asked = queryValue(call, 'MaxItems');
      const size = account.limit(asked === undefined ? undefined : Number(asked), 50);
      const page = pageOf(
        account.functions.values(),
        ({ live }) => live.name,
        queryValue(call, 'Marker'),
        size,
      );
      return json(200, { Functions: page.items.map(configuration), NextMarker: page.next ?? null });
    },
  },
  {
    name: 'GetFunction',
    method: 'GET',
    path: new RegExp(`^${FUNCTIONS}/([^/]+)$`),
    act(request) {
      const stored = visible(request);
      return json(200, {
        Configuration: readState(stored),
        // Lambda answers a signed address of its own bucket; there is nothing to download here.
        Code: { RepositoryType: 'S3' },
        ...(stored.tags.size > 0 ? { Tags: Object.fromEntries(stored.tags) } : {}),
      });
    },
  },
  {
    name: 'GetFunctionConfiguration',
    method: 'GET',
    path: new RegExp(`^${FUNCTIONS}/([^/]+)/configuration$`),
    act: (request) => json(200, readState(visible(request))),
  },
  {
    name: 'UpdateFunctionCode',
    method: 'PUT',
    path: new RegExp(`^${FUNCTIONS}/([^/]+)/code$`),
    async act(request, caller) {
      refuseLargeRequest(request.call, 'UpdateFunctionCode');
      const stored = existing(request);
      await updateFunctionCode(request.account, stored, readBody(request.call.body), caller);
      return json(200, configuration(stored));
    },
  },
  {
    name: 'UpdateFunctionConfiguration',
    method: 'PUT',
    path: new RegExp(`^${FUNCTIONS}/([^/]+)/configuration$`),
    act(request, caller) {
      const stored = existing(request);
      updateFunctionConfiguration(request.account, stored, readBody(request.call.body), caller);
      return json(200, configuration(stored));
    },
  },
  {
    name: 'DeleteFunction',
    method: 'DELETE',
    path: new RegExp(`^${FUNCTIONS}/([^/]+)$`),
    act(request) {
      const stored = existing(request);
      keepBefore(request.account, stored);
      request.account.functions.delete(stored.live.name);
      return json(204, undefined);
    },
  },
  {
    name: 'Invoke',
    action: 'lambda:InvokeFunction',
    method: 'POST',
    path: new RegExp(`^${FUNCTIONS}/([^/]+)/invocations$`),
    act: (request) => invokeFunction(request.invoker, existing(request), request.call),
  },
  {
    name: 'ListTags',
    method: 'GET',
    path: /^\/2017-03-31\/tags\/(.+)$/,
    act: (request) => json(200, { Tags: Object.fromEntries(existing(request).tags) }),
  },
  {
    name: 'TagResource',
    method: 'POST',
    path: /^\/2017-03-31\/tags\/(.+)$/,
    act(request) {
      const stored = existing(request);
      keepBefore(request.account, stored);
      const { tags } = stored;
      for (const [key, value] of Object.entries(asBody(readBody(request.call.body)['Tags']))) {
        tags.set(key, String(value));
      }
      return json(204, undefined);
    },
  },
  {
    name: 'UntagResource',
    method: 'DELETE',
    path: /^\/2017-03-31\/tags\/(.+)$/,
    act(request) {
      const stored = existing(request);
      keepBefore(request.account, stored);
      const { tags } = stored;
      for (const [name, value] of request.call.query) if (name === 'tagKeys') tags.delete(value);
      return json(204, undefined);
    },
  },
];

/** Understands one request of Lambda's REST protocol. */
export function lambdaOperation(account: Account, invoker: Invoker, call: IncomingCall): Operation {
  for (const operation of OPERATIONS) {
    const path = operation.path.exec(call.rawPath);
    if (operation.method !== call.method || path === null) continue;
    const functionName = nameOf(account, operation, call, path[1]);
    const resource = operation.name === 'ListFunctions' ? '*' : account.functionArn(functionName);
    const request: LambdaCall = { account, invoker, call, functionName };
    return {
      service: 'lambda',
      name: operation.name,
      resource,
      reads: operation.method === 'GET',
      needs: [{ action: operation.action ?? `lambda:${operation.name}`, resource }],
      act: (caller) => operation.act(request, caller),
    };
  }
  throw notImplemented(`the Lambda operation ${call.method} ${call.rawPath}`);
}

/** A path may name a function by its name, its ARN or a part of that. */
function nameOf(account: Account, operation: LambdaOperation, call: IncomingCall, inPath?: string): string {
  if (operation.name === 'CreateFunction') return required(readBody(call.body), 'FunctionName');
  if (inPath === undefined) return '';
  const given = decodePercent(inPath);
  const arn = account.functionArn('');
  const short = `${account.accountId}:function:`;
  const prefix = [arn, short, 'function:'].find((candidate) => given.startsWith(candidate)) ?? '';
  const name = given.slice(prefix.length);
  const latest = name.endsWith(':$LATEST') ? name.slice(0, -':$LATEST'.length) : name;
  if (queryValue(call, 'Qualifier') !== undefined && queryValue(call, 'Qualifier') !== '$LATEST') {
    throw notImplemented('versions and aliases of functions');
  }
  return latest;
}

function existing({ account, functionName }: LambdaCall): StoredFunction {
  return account.functions.get(checkFunctionName(functionName)) ?? missing(account, functionName);
}

/** For a read: a function that was just created may not be found yet. */
function visible(request: LambdaCall): StoredFunction {
  const stored = existing(request);
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

function refuseLargeRequest(call: IncomingCall, operation: string): void {
  if (call.body.length > REQUEST_BYTES) {
    throw new AwsError(
      413,
      'RequestEntityTooLargeException',
      `Request must be smaller than ${REQUEST_BYTES} bytes for the ${operation} operation`,
    );
  }
}
