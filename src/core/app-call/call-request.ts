/** What the user entered in a form or command, and other fields of a call, by name. */
export type CallFields = Readonly<Record<string, unknown>>;

/** What an app is called with. */
export interface CallRequest {
  /** Such as /ping. */
  readonly path: string;
  /** Values by field; undefined for a call without any. */
  readonly values?: CallFields | undefined;
  /** The context that the server would add: these fields replace those of a call without a user, a channel or an app. */
  readonly context?: CallFields | undefined;
}

/** The context of a call without a user, a channel or an app. */
const EMPTY_CONTEXT = { app_id: '', mattermost_site_url: '', app_path: '', bot_user_id: '', oauth2: {} };

/** The fields of a context in the server's order: apps/context.go of the Mattermost Apps plugin 1.2. */
const CONTEXT_FIELDS: readonly string[] = [
  ...['subject', 'channel_id', 'team_id', 'post_id', 'root_post_id', 'app_id', 'location', 'user_agent'],
  ...['track_as_submit', 'mattermost_site_url', 'developer_mode', 'app_path', 'bot_user_id'],
  ...['bot_access_token', 'app', 'acting_user', 'acting_user_access_token', 'locale', 'channel'],
  ...['channel_member', 'team', 'team_member', 'post', 'root_post', 'user', 'mentioned', 'oauth2'],
];

/**
 * The payload that the server invokes a function with.
 *
 * @returns JSON: the HTTP request that the function receives, with the call request as text in its body
 */
export function callPayload({ path, values, context }: CallRequest): string {
  // As in Go, no values are left out.
  const given = Object.keys(values ?? {}).length === 0 ? undefined : values;
  return JSON.stringify({
    path,
    httpMethod: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ path, values: given, context: inServersOrder({ ...EMPTY_CONTEXT, ...context }) }),
  });
}

/** Fields that the server does not know come last. */
function inServersOrder(context: CallFields): CallFields {
  const rank = (name: string): number => CONTEXT_FIELDS.indexOf(name) + 1 || CONTEXT_FIELDS.length + 1;
  return Object.fromEntries(Object.entries(context).sort(([a], [b]) => rank(a) - rank(b)));
}

/**
 * Finds the function that the server invokes for a call: that with the longest path that the call's path begins with, as
 * text, and the first of several. Rule: upaws/upstream.go of the Mattermost Apps plugin 1.2.
 */
export function findFunction<Function extends { readonly path: string }>(
  functions: readonly Function[],
  path: string,
): Function | undefined {
  return functions
    .filter((candidate) => path.startsWith(candidate.path))
    .reduce<Function | undefined>(
      (longest, candidate) =>
        longest === undefined || candidate.path.length > longest.path.length ? candidate : longest,
      undefined,
    );
}
