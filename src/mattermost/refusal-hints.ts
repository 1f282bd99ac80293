import { AppsctlError } from '../core/diagnostics/error.js';
import { CONFIGURE_AWS_HINT } from '../core/diagnostics/mattermost-hints.js';
import type { Hint } from '../core/diagnostics/vocabulary.js';

/** What to do about a response with an error status. */
interface RefusalHint {
  /** Undefined for any status. */
  readonly status: number | undefined;
  /** Undefined for any reason. */
  readonly reason?: RegExp;
  readonly hint: Hint;
}

const ADMIN_TOKEN_HINT: Hint = ({ adminToken }) => `set ${adminToken} to the token of a system admin`;
const UNAVAILABLE_HINT: Hint = ({ again }) =>
  `the server, or a proxy in front of it, is not available: ${again} later`;

/** The first match is used. */
const HINTS: readonly RefusalHint[] = [
  {
    status: undefined,
    reason: /is not configured on this Mattermost server/,
    hint: CONFIGURE_AWS_HINT,
  },
  {
    status: undefined,
    reason: /\/ping path is not accessible: .*(?:AccessDenied|UnrecognizedClient|InvalidSignature)/,
    hint: "the server's own AWS key cannot invoke the function: check MM_APPS_AWS_ACCESS_KEY and MM_APPS_AWS_SECRET_KEY there, and the group of the invoke policy",
  },
  {
    status: undefined,
    reason: /\/ping path is not accessible: .*(?:RequestCanceled|deadline exceeded)/,
    hint: ({ again, memory }) =>
      `the function must respond to /ping within 5 s, including its cold start: ${again}, or give the function more memory with ${memory}`,
  },
  {
    status: undefined,
    reason: /\/ping path is not accessible: /,
    hint: ({ logsCommand }) =>
      `the function must respond to /ping with status 200, unless the app has no function for that path: see its log with: ${logsCommand}`,
  },
  {
    status: undefined,
    reason: /^failed to get bot icon: /,
    hint: 'the server must be able to read the icon with its own AWS key: check MM_APPS_S3_BUCKET and MM_APPS_AWS_ACCESS_KEY there',
  },
  {
    status: undefined,
    reason: /OAuth2 Service Provider/,
    hint: 'enable the OAuth 2.0 service provider in the System Console (Integration Management)',
  },
  {
    status: 401,
    reason: /user ID is required/,
    hint: ({ adminToken }) =>
      `check ${adminToken}, and whether its user must set up multi-factor authentication: the server did not authenticate the request to the Apps plugin`,
  },
  { status: 401, reason: /system administrators/, hint: ADMIN_TOKEN_HINT },
  { status: 401, hint: ({ adminToken }) => `check ${adminToken}: the server does not accept it` },
  { status: 403, hint: ADMIN_TOKEN_HINT },
  { status: 404, reason: /: not found$/, hint: ({ again }) => `${again}: this lists the app first` },
  { status: 404, hint: ({ siteUrl }) => `check ${siteUrl}, and that the Apps plugin is enabled` },
  {
    status: 429,
    hint: ({ again }) => `wait a moment, then ${again}: the server limits the rate of requests`,
  },
  { status: 500, hint: 'see the log of the Mattermost server' },
  {
    status: 501,
    hint: 'enable plugins in the server: PluginSettings.Enable, or MM_PLUGINSETTINGS_ENABLE=true',
  },
  { status: 502, hint: UNAVAILABLE_HINT },
  { status: 503, hint: UNAVAILABLE_HINT },
  { status: 504, hint: UNAVAILABLE_HINT },
];

/**
 * Finds what the user can do about a refusal by the server or the Apps plugin.
 *
 * @param status the status of the response
 * @param reason the text of its body, as one line
 */
export function findRefusalHint(status: number, reason: string): Hint | undefined {
  return HINTS.find((row) => (row.status ?? status) === status && (row.reason?.test(reason) ?? true))?.hint;
}

/**
 * The error for a change of an app that is not installed, or that objects to it.
 *
 * @param action what was requested, to follow "cannot"
 * @param reason the text of the response, as one line
 * @returns undefined for any other reason
 */
export function explainObjection(
  action: string,
  appId: string,
  siteUrl: string,
  reason: string,
): AppsctlError | undefined {
  if (/ is not installed: not found$/.test(reason)) {
    return new AppsctlError('NOT_FOUND', `cannot ${action}: app ${appId} is not installed in ${siteUrl}`);
  }
  const objection = /^app canceled uninstall request: (.*)$/.exec(reason)?.[1];
  if (objection === undefined) return undefined;
  return new AppsctlError('CONFLICT', `cannot ${action}: the app objects: ${objection}`, {
    hint: ({ forceUninstall }) => `do what it asks for, or uninstall it all the same with ${forceUninstall}`,
  });
}
