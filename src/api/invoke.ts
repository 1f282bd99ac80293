import type { CallFields } from '../core/app-call/call-request.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import { parseAppReference } from '../core/manifest/app-reference.js';
import { findAccount, openBucket, openCaller } from './adapters.js';
import { type NetworkOptions, resolveNetwork } from './network-options.js';

/** Options of {@link invoke}, with the credentials of the server. */
export interface InvokeOptions extends NetworkOptions {
  /**
   * The values of the call, by field.
   *
   * @default none
   */
  readonly values?: CallFields | undefined;
  /**
   * Fields of the context of the call.
   *
   * @default that of a call without a user, a channel or an app
   */
  readonly context?: CallFields | undefined;
}

/** How an app has answered a call. */
export interface InvokeResult {
  readonly app: { readonly id: string; readonly version: string };
  /** The name of the function in the manifest. */
  readonly function: string;
  /** The name of the function on AWS. */
  readonly lambdaName: string;
  readonly path: string;
  /** The HTTP status. The server takes every other one than 200 as an error. */
  readonly status: number;
  /** The call response as text, as the function has returned it. */
  readonly body: string;
  /** Whether the server takes the answer as an error: because of its status, or because its type is `error`. */
  readonly isError: boolean;
  /** How long the call took. */
  readonly milliseconds: number;
  /** The end of the function's log, at most 4 KB. */
  readonly log: string;
}

/**
 * Calls a deployed app as the Mattermost server does, with the server's credentials: the function with the longest path
 * that the path of the call begins with.
 *
 * @param app the ID of the app, or its ID and version: `com.example.app@v1.2.0`
 * @param path the path of the call, such as /ping
 * @throws AppsctlError NOT_FOUND for an app that is not deployed and a path that no function has, FUNCTION_FAILED for a
 *   function that failed or did not answer as an app, USAGE for invalid options, and the errors of requests that failed
 */
export async function invoke(app: string, path: string, options: InvokeOptions): Promise<InvokeResult> {
  const network = await resolveNetwork(options);
  const reference = parseAppReference(app);
  if (!path.startsWith('/')) {
    throw new AppsctlError('USAGE', `${JSON.stringify(path)} is not the path of a call`, {
      hint: 'begin it with a slash, such as /ping',
    });
  }
  const { values, context } = options;
  const [{ invokeApp }, caller, { accountId }] = await Promise.all([
    import('../operations/invoke/invoke-app.js'),
    openCaller(network, false),
    findAccount(network),
  ]);
  const ports = { bucket: await openBucket(network, accountId), caller, clock: network.clock };
  const answer = await invokeApp(reference, { path, values, context }, ports);
  const { version, functionName, lambdaName, status, body, isError, milliseconds, log } = answer;
  return {
    app: { id: reference.id, version },
    function: functionName,
    ...{ lambdaName, path, status, body, isError, milliseconds, log },
  };
}
