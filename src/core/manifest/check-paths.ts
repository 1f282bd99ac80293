import type { Findings } from '../diagnostics/findings.js';
import { LIMITS } from '../limits.js';
import type { CallField, LambdaFunction, Manifest } from './manifest.js';

/** A call that the server makes although the manifest does not have it. */
interface DefaultCall {
  readonly path: string;
  /** Whether the server makes it for this app. */
  isUsed(manifest: Manifest): boolean;
}

/** Source: apps/manifest.go and server/proxy of the Mattermost Apps plugin 1.2 */
const DEFAULT_CALLS: Readonly<Partial<Record<CallField, DefaultCall>>> = {
  bindings: { path: '/bindings', isUsed: (manifest) => manifest.requested_locations.length > 0 },
  get_oauth2_connect_url: { path: '/oauth2/connect', isUsed: requests('remote_oauth2') },
  on_oauth2_complete: { path: '/oauth2/complete', isUsed: requests('remote_oauth2') },
  on_remote_webhook: { path: '/webhook', isUsed: requests('remote_webhooks') },
};

function requests(permission: string): (manifest: Manifest) => boolean {
  return (manifest) => manifest.requested_permissions.includes(permission);
}

/**
 * Checks that the calls of a manifest reach its functions on AWS Lambda. The server invokes the function with the longest
 * path that is a prefix of the call's path, as text, and the first of several functions with the same path.
 * Source: upstream/upaws/upstream.go of the Mattermost Apps plugin 1.2
 *
 * @param findings collects warnings
 */
export function checkPaths(manifest: Manifest, findings: Findings): void {
  const functions = manifest.aws_lambda?.functions ?? [];
  // Which function serves a path is known only if all paths are. Otherwise there is an error already.
  if (functions.length === 0 || functions.length > LIMITS.functions) return;
  if (functions.some(({ path }) => path === '')) return;
  checkFunctionPaths(manifest, functions, findings);
  for (const [field, { path }] of manifest.calls) checkCallPath(field, path, functions, findings);
  for (const [field, call] of Object.entries(DEFAULT_CALLS) as [CallField, DefaultCall][]) {
    if (manifest.calls.has(field) || !call.isUsed(manifest) || isServed(field, call.path, functions))
      continue;
    const message = `no function serves ${call.path}, which the server calls if the manifest has no ${field}`;
    findings.warning('manifest/call-path', field, message, SERVE_FIX);
  }
}

const SERVE_FIX = 'add a function with a path that it begins with, such as "/"';

function checkFunctionPaths(
  manifest: Manifest,
  functions: readonly LambdaFunction[],
  findings: Findings,
): void {
  const callPaths = [...manifest.calls.values()].map(({ path }) => path);
  const owners = new Map<string, string>();
  for (const [index, { name, path }] of functions.entries()) {
    const location = `aws_lambda.functions[${index}].path`;
    const owner = owners.get(path);
    if (owner !== undefined) {
      const message = `function ${name} is never called: function ${owner} has the same path ${JSON.stringify(path)}`;
      findings.warning('manifest/function-path', location, message, 'give each function a path of its own');
      continue;
    }
    owners.set(path, name);
    if (path.startsWith('/') || callPaths.some((callPath) => callPath.startsWith(path))) continue;
    const message = `${JSON.stringify(path)} does not begin with "/", as the paths of calls do: function ${name} is never called`;
    findings.warning('manifest/function-path', location, message, `write ${JSON.stringify(`/${path}`)}`);
  }
}

function checkCallPath(
  field: CallField,
  written: string,
  functions: readonly LambdaFunction[],
  findings: Findings,
): void {
  const path = written === '' ? (DEFAULT_CALLS[field]?.path ?? '') : written;
  const location = `${field}.path`;
  if (path === '') {
    findings.warning('manifest/call-path', location, 'is missing: no function is called', 'add the path');
  } else if (!path.startsWith('/')) {
    const message = `${JSON.stringify(path)} does not begin with "/"`;
    findings.warning('manifest/call-path', location, message, `write ${JSON.stringify(`/${path}`)}`);
  } else if (!isServed(field, path, functions)) {
    findings.warning('manifest/call-path', location, `no function serves ${JSON.stringify(path)}`, SERVE_FIX);
  }
}

function isServed(field: CallField, path: string, functions: readonly LambdaFunction[]): boolean {
  // The path of a webhook is appended to that of the call.
  const isRoot = field === 'on_remote_webhook';
  return functions.some((item) => path.startsWith(item.path) || (isRoot && item.path.startsWith(`${path}/`)));
}
