/** Texts about the Mattermost server and the installation of apps in it. */

/** What a request is for, to follow `cannot`. */
export const MATTERMOST_ACTION = {
  checkToken: 'check the admin token',
  checkPlugin: 'check the Apps plugin',
  findListing: (app: string) => `look up app ${app}`,
  findInstallation: (app: string) => `look up the installed app ${app}`,
  list: (app: string) => `list app ${app}`,
  install: (app: string) => `install app ${app}`,
  uninstall: (app: string) => `uninstall app ${app}`,
  enable: (app: string) => `enable app ${app}`,
  disable: (app: string) => `disable app ${app}`,
} as const;

export const MATTERMOST = {
  unreachable: (siteUrl: string, code: string) => `${siteUrl} cannot be reached (${code})`,
  responds: (siteUrl: string, status: number | string, reason: string) =>
    `${siteUrl} responds with ${status}: ${reason}`,
  notLike: (siteUrl: string, what: string) => `${siteUrl} does not respond like ${what}`,
  notAdmin: (siteUrl: string) => `the admin token does not belong to a system admin of ${siteUrl}`,
  mfaEnforced: (siteUrl: string) =>
    `${siteUrl} enforces multi-factor authentication, which the user of the admin token has not set up`,
  notInstalled: (app: string, siteUrl: string) => `app ${app} is not installed in ${siteUrl}`,
  /** @param text the app's own words */
  objects: (text: string) => `the app objects: ${text}`,
  pluginMissing: (siteUrl: string) => `the Apps plugin is not installed on ${siteUrl}`,
  pluginDisabled: (siteUrl: string) => `the Apps plugin of ${siteUrl} is disabled`,
  flagOff: (siteUrl: string) =>
    `the Apps plugin of ${siteUrl} cannot run: the feature flag AppsEnabled is off`,
} as const;

/** Parameters are the names of options, variables and commands. */
export const MATTERMOST_HINT = {
  checkServer: (siteUrl: string) => `check ${siteUrl}, and that the server is running`,
  checkToken: (token: string) => `check ${token}: the server does not accept it`,
  adminToken: (token: string) => `set ${token} to a token of a user with the role system_admin`,
  setUpMfa: (token: string) =>
    `set it up for that user, or set ${token} to the token of a bot account that is a system admin: bots do not need it`,
  upload: 'upload the plugin com.mattermost.apps in the System Console (Plugin Management) and enable it',
  enablePlugin: 'enable the plugin com.mattermost.apps in the System Console (Plugin Management)',
  enablePlugins: 'enable plugins in the server: PluginSettings.Enable, or MM_PLUGINSETTINGS_ENABLE=true',
  setFlag:
    'start the server with MM_FEATUREFLAGS_APPSENABLED=true: Mattermost 10.0 and later disable Apps by default',
  serverVariables: (init: string) =>
    `start the server with MM_APPS_AWS_ACCESS_KEY, MM_APPS_AWS_SECRET_KEY, MM_APPS_AWS_REGION and MM_APPS_S3_BUCKET set to the values from ${init}`,
  force: 'do what it asks for, or uninstall it all the same with --force',
  enableOAuth: 'enable the OAuth 2.0 service provider in the System Console (Integration Management)',
  seeLog: 'see the log of the Mattermost server',
} as const;

/** The installed app, in warnings and in the summary. */
export const INSTALLATION = {
  otherVersion: (app: string, version: string) => `version ${version} of app ${app} stays installed`,
  otherManifest: (app: string) => `app ${app} stays installed with its earlier manifest`,
  /** @param outdated one of the texts above */
  installWith: (outdated: string, siteUrl: string, version: string, install: string) =>
    `${outdated} in ${siteUrl}: install version ${version} with ${install}`,
  staysDisabled: (app: string, siteUrl: string, enable: string) =>
    `app ${app} is installed in ${siteUrl} but disabled, and stays disabled: enable it with ${enable}`,
  isEnabled: (app: string, siteUrl: string) =>
    `app ${app} is disabled in ${siteUrl}: installing it again enables it`,
  newSecret: (app: string, siteUrl: string) =>
    `app ${app} gets a new webhook secret in ${siteUrl}: webhook URLs with the old one stop working`,
} as const;

/** An app that is managed on the server alone. */
export const SERVER_APP = {
  unknown: (app: string, siteUrl: string) => `app ${app} is neither listed nor installed in ${siteUrl}`,
  unknownHint: 'deploy it with: appsctl aws deploy APP; see what is listed with: appsctl mattermost list',
  onlyListed: (app: string, siteUrl: string) => `app ${app} is listed, but not installed in ${siteUrl}`,
  installHint: 'install it with: appsctl mattermost install APP',
  notOnAws: (app: string, siteUrl: string) => `app ${app} is not listed as an app on AWS in ${siteUrl}`,
  question: (app: string, siteUrl: string) =>
    `Uninstalling app ${app} removes its data from ${siteUrl}. Type ${app} to confirm:`,
  noAws: (siteUrl: string) =>
    `${siteUrl} cannot use apps on AWS: it has no key for AWS; ${MATTERMOST_HINT.serverVariables('appsctl aws init --create')}`,
  notInstalled: (app: string) =>
    `app ${app} is not installed; install it with: appsctl mattermost install APP`,
  disabled: (app: string) => `app ${app} is disabled; enable it with: appsctl mattermost enable APP`,
  outdated: (app: string) =>
    `version v1.2.0 of app ${app} is still installed; version v1.3.0 is listed; install it with: appsctl mattermost install APP`,
} as const;

/** The last line of the summary. */
export const INSTALLATION_SUMMARY = {
  installed: (siteUrl: string) => `Installed in ${siteUrl}`,
  disabled: (siteUrl: string) => `Installed in ${siteUrl}, but disabled`,
  /** @param outdated such as `version 1.0.0 of app a stays installed` */
  outdated: (outdated: string, siteUrl: string, version: string, install: string) => {
    const text = outdated.replace('stays installed', 'is still installed');
    const sentence = text.slice(0, 1).toUpperCase() + text.slice(1);
    return `${sentence} in ${siteUrl}; install version ${version} with ${install}`;
  },
} as const;
