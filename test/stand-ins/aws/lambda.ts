import type { Account } from './account.js';
import { AwsError, jsonAnswer as json, notImplemented } from './errors.js';
import { type Caller, decodePercent, type IncomingCall, type Operation, queryValue } from './exchange.js';
import type { Invoker } from './invoke.js';
import { createFunction, updateFunctionCode, updateFunctionConfiguration } from './lambda-functions.js';
import { invokeFunction } from './lambda-invocation.js';
import { layerOperations } from './lambda-layers.js';
import type { StoredFunction } from './lambda-model.js';
import {
  existingFunction,
  type LambdaCall,
  type LambdaOperation,
  visibleFunction,
} from './lambda-request.js';
import { checkFunctionName, readBody, required } from './lambda-settings.js';
import { configuration, keepBefore, readState, refuseWhileDeleting, withoutState } from './lambda-state.js';
import { tagOperations } from './lambda-tag-operations.js';
import { pageOf } from './paging.js';

const REQUEST_BYTES = 69_905_067;
const FUNCTIONS = '/2015-03-31/functions';

const OPERATIONS: readonly LambdaOperation[] = [
  {
    name: 'CreateFunction',
    method: 'POST',
    path: new RegExp(`^${FUNCTIONS}/?$`),
    async act({ account, call, functionName }, caller) {
      refuseLargeRequest(call, 'CreateFunction');
      const name = checkFunctionName(functionName);
      const created = await createFunction(account, name, readBody(call.body), caller);
      return json(201, configuration(created, caller));
    },
  },
  {
    name: 'ListFunctions',
    method: 'GET',
    path: new RegExp(`^${FUNCTIONS}/?$`),
    act({ account, call }, caller) {
      const asked = queryValue(call, 'MaxItems');
      const size = account.limit(asked === undefined ? undefined : Number(asked), 50);
      const page = pageOf(
        account.functions.values(),
        ({ live }) => live.name,
        queryValue(call, 'Marker'),
        size,
      );
      const shown = page.items.map((stored) => withoutState(configuration(stored, caller)));
      return json(200, { Functions: shown, NextMarker: page.next ?? null });
    },
  },
  {
    name: 'GetFunction',
    method: 'GET',
    path: new RegExp(`^${FUNCTIONS}/([^/]+)$`),
    act(request, caller) {
      const stored = visibleFunction(request);
      return json(200, {
        Configuration: readState(request.account, stored, caller),
        // Lambda returns a presigned URL of its own bucket; here there is nothing to download.
        Code: { RepositoryType: 'S3' },
        ...tagsOf(stored, caller),
      });
    },
  },
  {
    name: 'GetFunctionConfiguration',
    method: 'GET',
    path: new RegExp(`^${FUNCTIONS}/([^/]+)/configuration$`),
    act: (request, caller) => json(200, readState(request.account, visibleFunction(request), caller)),
  },
  {
    name: 'UpdateFunctionCode',
    method: 'PUT',
    path: new RegExp(`^${FUNCTIONS}/([^/]+)/code$`),
    async act(request, caller) {
      refuseLargeRequest(request.call, 'UpdateFunctionCode');
      const stored = existingFunction(request);
      await updateFunctionCode(request.account, stored, readBody(request.call.body), caller);
      return json(200, configuration(stored, caller));
    },
  },
  {
    name: 'UpdateFunctionConfiguration',
    method: 'PUT',
    path: new RegExp(`^${FUNCTIONS}/([^/]+)/configuration$`),
    act(request, caller) {
      const stored = existingFunction(request);
      updateFunctionConfiguration(request.account, stored, readBody(request.call.body), caller);
      return json(200, configuration(stored, caller));
    },
  },
  {
    name: 'DeleteFunction',
    method: 'DELETE',
    path: new RegExp(`^${FUNCTIONS}/([^/]+)$`),
    act(request) {
      const { account } = request;
      const stored = existingFunction(request);
      refuseWhileDeleting(stored);
      keepBefore(account, stored);
      if (account.lambda.deletingReads === 0) {
        account.functions.delete(stored.live.name);
        return json(204, undefined);
      }
      stored.deletingReads = account.lambda.deletingReads;
      stored.state = { name: 'Deleting', reason: 'The function is being deleted.' };
      return json(202, undefined);
    },
  },
  {
    name: 'Invoke',
    action: 'lambda:InvokeFunction',
    method: 'POST',
    path: new RegExp(`^${FUNCTIONS}/([^/]+)/invocations$`),
    act: (request) => invokeFunction(request, existingFunction(request)),
  },
  ...tagOperations,
  ...layerOperations,
];

/** Understands one request of Lambda's REST protocol. */
export function lambdaOperation(account: Account, invoker: Invoker, call: IncomingCall): Operation {
  for (const operation of OPERATIONS) {
    const path = operation.path.exec(call.rawPath);
    if (operation.method !== call.method || path === null) continue;
    const functionName = nameOf(account, operation, call, path[1]);
    const resource =
      operation.resource?.(account, functionName) ??
      (operation.name === 'ListFunctions' ? '*' : account.functionArn(functionName));
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

/** Lambda returns tags only to callers with lambda:ListTags. */
function tagsOf({ live, tags }: StoredFunction, caller: Caller): Record<string, unknown> {
  const Message = caller.refusal({ action: 'lambda:ListTags', resource: live.arn });
  if (Message !== undefined) return { TagsError: { ErrorCode: 'AccessDeniedException', Message } };
  return tags.size > 0 ? { Tags: Object.fromEntries(tags) } : {};
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
