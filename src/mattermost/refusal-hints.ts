/** What to do about a refusal that says so; `undefined` for any status. The first that fits is taken. */
const HINTS: readonly (readonly [status: number | undefined, reason: RegExp, hint: string])[] = [
  [
    undefined,
    /is not configured on this Mattermost server/,
    'start the server with MM_APPS_AWS_ACCESS_KEY, MM_APPS_AWS_SECRET_KEY, MM_APPS_AWS_REGION and MM_APPS_S3_BUCKET set: appsctl aws init prints them',
  ],
  [
    undefined,
    /\/ping path is not accessible: .*(?:AccessDenied|UnrecognizedClient|InvalidSignature)/,
    "the server's own AWS key may not invoke the function: check MM_APPS_AWS_ACCESS_KEY and MM_APPS_AWS_SECRET_KEY there, and the group of the invoke policy",
  ],
  [
    undefined,
    /\/ping path is not accessible: .*(?:RequestCanceled|deadline exceeded)/,
    'the function must answer /ping within 5 s, its cold start included: run the same command again, or give the function more memory with --memory',
  ],
  [
    undefined,
    /\/ping path is not accessible: /,
    'the function must answer /ping with the status 200, or have no function for that path: look at its log in CloudWatch',
  ],
  [
    undefined,
    /^failed to get bot icon: /,
    'the server must be able to read the icon with its own AWS key: check MM_APPS_S3_BUCKET and MM_APPS_AWS_ACCESS_KEY there',
  ],
  [
    undefined,
    /OAuth2 Service Provider/,
    'enable the OAuth 2.0 service provider in the System Console (Integration Management)',
  ],
  [
    401,
    /user ID is required/,
    'the server does not tell the Apps plugin whose token it is: check MM_ADMIN_TOKEN, and whether its owner must set up multi-factor authentication',
  ],
  [401, /system administrators/, 'MM_ADMIN_TOKEN must be the token of a system admin'],
  [401, /^/, 'check MM_ADMIN_TOKEN: the server does not accept it'],
  [403, /^/, 'MM_ADMIN_TOKEN must be the token of a system admin'],
  [404, /: not found$/, 'run the same command again: it lists the app first'],
  [404, /^/, 'check MM_SERVICESETTINGS_SITEURL, and that the Apps plugin is enabled'],
  [
    429,
    /^/,
    'the server limits how many requests it accepts: wait a moment, then run the same command again',
  ],
  [501, /^/, 'switch plugins on in the server: PluginSettings.Enable, or MM_PLUGINSETTINGS_ENABLE=true'],
  [502, /^/, 'the server, or a proxy in front of it, is not available: run the same command again later'],
  [503, /^/, 'the server, or a proxy in front of it, is not available: run the same command again later'],
  [504, /^/, 'the server, or a proxy in front of it, is not available: run the same command again later'],
  [500, /^/, 'look at the log of the Mattermost server'],
];

/**
 * What the user can do about a refusal by the server or the Apps plugin.
 *
 * @param status the status of the answer
 * @param reason what its body says, as one line
 */
export function hintFor(status: number, reason: string): string | undefined {
  return HINTS.find(([expected, pattern]) => (expected ?? status) === status && pattern.test(reason))?.[2];
}
