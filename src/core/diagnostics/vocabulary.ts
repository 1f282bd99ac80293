/**
 * The things that hints ask the user to set or to run, by the names that the caller uses: a program that uses the library
 * has options and functions, a user of the command line has flags, variables and commands.
 */
export interface Vocabulary {
  /** The AWS region. */
  readonly region: string;
  /** The S3 bucket. */
  readonly bucket: string;
  /** The AWS credentials, to follow "set". */
  readonly credentials: string;
  /** The ways to choose a region, to follow "set". */
  readonly anyRegion: string;
  /** What to do when an MFA code cannot be asked for. */
  readonly mfaCode: string;
  /** The custom endpoint of AWS. */
  readonly endpoint: string;
  /** The URL of the Mattermost server. */
  readonly siteUrl: string;
  /** The access token of a Mattermost system admin. */
  readonly adminToken: string;
  /** Allows to send the access token unencrypted. */
  readonly insecureHttp: string;
  /** Uninstalls an app although it objects. */
  readonly forceUninstall: string;
  /** Replaces functions that differ. */
  readonly update: string;
  /** Installs the app. */
  readonly install: string;
  /** The name of the server's user. */
  readonly user: string;
  /** The name of the group of that user. */
  readonly group: string;
  /** The name of the invoke policy. */
  readonly policy: string;
  /** The name of the execution role of the functions. */
  readonly executionRole: string;
  /** The policy that limits a user and role that are created. */
  readonly permissionsBoundary: string;
  /** The memory of functions. */
  readonly memory: string;
  /** Sets environment variables of functions. */
  readonly env: string;
  /** Removes the environment variables that are not given. */
  readonly replaceEnv: string;
  /** Takes over nothing from the previous version of the app. */
  readonly freshSettings: string;
  /** Runs Go programs on the current runtime. */
  readonly migrateRuntimes: string;
  /** Names other runtimes for functions. */
  readonly runtimes: string;
  /** Names the settings file. */
  readonly config: string;
  /** Creates what is missing in the AWS account. */
  readonly create: string;
  /** Creates an access key for the server. */
  readonly createAccessKey: string;
  /** Removes what is in use or not empty, too. */
  readonly force: string;
  /** Removes the bucket. */
  readonly removeBucket: string;
  /** Uninstalls the app before it is removed. */
  readonly uninstall: string;
  /** Selects all versions of the app. */
  readonly allVersions: string;
  /** Removes log groups, too. */
  readonly logs: string;
  /** Replaces the access key of the server. */
  readonly rotateAccessKey: string;
  /** Deletes the access keys that the server does not use any more. */
  readonly deleteOldKey: string;
  /** The access key that the server uses. */
  readonly serverKey: string;
  /** Names the file with the server's variables. */
  readonly environmentFile: string;
  /** Names the secret for the server's variables. */
  readonly secret: string;
  /** The environment of the jobs of a pipeline. */
  readonly environment: string;
  /** The branch or ref of pipelines. */
  readonly ref: string;
  /** Names the folder into which a bundle is unpacked. */
  readonly unpack: string;
  /** The OpenID Connect issuer of a cluster. */
  readonly issuer: string;
  /** The ARN of a cluster. */
  readonly cluster: string;
  /** Names another file to write. */
  readonly output: string;
  /** Names the apps that a deployer may deploy. */
  readonly allowApp: string;
  /** Names the file for metrics. */
  readonly metricsFile: string;
  /** The URL of the Pushgateway. */
  readonly pushgateway: string;
  /** The address and port of the page with metrics. */
  readonly listen: string;
  /** Repeats what has failed: the beginning of a sentence, which may continue with "later" or "to finish". */
  readonly again: string;
  /** Prepares an AWS account, creating what is missing. */
  readonly initCommand: string;
  /** Deploys the example app for the tests. */
  readonly testDeployCommand: string;
  /** Deploys an app. */
  readonly deployCommand: string;
  /** Removes an app. */
  readonly removeCommand: string;
  /** Lists an earlier version of an app. */
  readonly rollbackCommand: string;
  /** Lists the apps that are deployed. */
  readonly listCommand: string;
  /** Prints the logs of an app; has APP in the place of its ID. */
  readonly logsCommand: string;
  /** Lists the apps that a Mattermost server lists. */
  readonly listServerAppsCommand: string;
  /** Installs an app that is listed. */
  readonly installAppCommand: string;
  /** Enables an app that is installed. */
  readonly enableAppCommand: string;
  /** Lets a deployer try a bundle again; has KEY in the place of its key. */
  readonly retryCommand: string;
  /** Lists the rules of app bundles. */
  readonly rulesCommand: string;
}

/** What the user can do about something: a text, or one that is made of the caller's words. */
export type Hint = string | ((vocabulary: Vocabulary) => string);

/** The options and functions of the library. */
export const LIBRARY_VOCABULARY: Vocabulary = {
  region: 'aws.region',
  bucket: 'aws.bucket',
  credentials: 'aws.credentials or aws.profile, or what the AWS CLI uses: variables, profiles and roles',
  mfaCode: 'pass aws.mfaCode, or temporary credentials',
  anyRegion: 'aws.region, AWS_REGION, AWS_DEFAULT_REGION, or region in the profile',
  endpoint: 'aws.endpoints',
  siteUrl: 'mattermost.url',
  adminToken: 'mattermost.token',
  insecureHttp: 'mattermost.allowHttp: true',
  forceUninstall: 'force: true',
  update: 'update: true',
  install: 'install: true',
  user: 'userName',
  group: 'groupName',
  policy: 'policyName',
  executionRole: 'executionRoleName',
  permissionsBoundary: 'permissionsBoundary',
  memory: 'functions.memory',
  env: 'functions.env',
  replaceEnv: 'functions.replaceEnv: true',
  freshSettings: 'freshSettings: true',
  migrateRuntimes: 'migrateRuntimes: true',
  runtimes: 'runtimes',
  config: 'config',
  create: 'create: true',
  createAccessKey: 'createAccessKey: true',
  force: 'force: true',
  removeBucket: 'removeBucket: true',
  uninstall: 'uninstall: true',
  allVersions: 'allVersions: true',
  logs: 'logs: true',
  rotateAccessKey: 'rotateAccessKey: true',
  deleteOldKey: 'deleteOldKey: true',
  serverKey: 'serverKey',
  environmentFile: 'environmentFile',
  secret: 'secretArn',
  environment: 'environment',
  ref: 'ref',
  unpack: 'unpack',
  issuer: 'issuer',
  cluster: 'cluster',
  output: 'output',
  allowApp: 'allowedApps',
  metricsFile: 'metrics.file',
  pushgateway: 'metrics.pushgateway',
  listen: 'metrics.listen',
  again: 'try again',
  initCommand: 'init({ create: true })',
  testDeployCommand: 'deploy()',
  deployCommand: 'deploy()',
  removeCommand: 'removeApp()',
  rollbackCommand: 'rollbackApp()',
  listCommand: 'listApps()',
  logsCommand: "readLogs('APP')",
  listServerAppsCommand: 'listServerApps()',
  installAppCommand: 'installApp()',
  enableAppCommand: 'enableApp()',
  retryCommand: "retryBundles(['KEY'])",
  rulesCommand: 'listRules()',
};

/** A hint in the caller's words. */
export function hintText(hint: Hint, vocabulary: Vocabulary): string;
export function hintText(hint: Hint | undefined, vocabulary: Vocabulary): string | undefined;
export function hintText(hint: Hint | undefined, vocabulary: Vocabulary): string | undefined {
  return typeof hint === 'function' ? hint(vocabulary) : hint;
}
