/** Texts about arguments, environment variables and options, and about errors of appsctl itself. */

export const USAGE = {
  missingVariable: (name: string) => `${name} is not set`,
  invalidCharacters: (name: string) =>
    `${name} contains white space, a control character or a non-ASCII character`,
  noRegion: 'no AWS region is set',
  unconfirmed: (consequence: string) =>
    `${consequence}: without a terminal, this must be confirmed by a flag`,
  invalidRegion: (name: string, value: string) => `${name}: "${value}" is not a valid AWS region`,
  invalidBucket: (name: string, value: string) => `${name}: "${value}" is not a valid S3 bucket name`,
  invalidUrl: (name: string) => `${name} is not a valid http(s) URL`,
  /** Of Commander, with the reason of appsctl. */
  invalidArgument: (option: string, value: string, reason: string) =>
    `option '${option}' argument '${value}' is invalid. ${reason}`,
  integer: (min: number, max: number) => `Expected an integer from ${min} to ${max}.`,
  policyArn: 'Expected the ARN of a policy.',
  /** @param text the flag, with the name if the value of the flag looks like one */
  notAssignment: (text: string) => `${text} is not of the form NAME=VALUE`,
  unencrypted: (siteUrl: string) =>
    `MM_SERVICESETTINGS_SITEURL: the admin token would be sent unencrypted to ${siteUrl}`,
  cannotRead: (what: string, problem: string) => `cannot read ${what}: ${problem}`,
  emptyEnvFile: (file: string) => `${file} does not set any variables`,
  notEnvLine: (file: string, line: number) => `${file}: line ${line} is not NAME=VALUE, a comment or empty`,
  outputNotWritten: (reason: string) => `cannot write to standard output: ${reason}`,
  internal: (reason: string) => `internal error: ${reason}`,
} as const;

const SET_REGION = 'set it to the AWS region, such as us-east-1';

export const USAGE_HINT = {
  region: 'set --region, MM_APPS_AWS_REGION, AWS_REGION, AWS_DEFAULT_REGION, or region in the profile',
  siteUrl: 'use the URL of the server, such as https://chat.example.com',
  insecureHttp: 'use https, or allow it with --insecure-http',
  endpoint: 'use the form http://HOST:PORT',
  token: 'set it to an access token of a Mattermost system admin',
  onlyRegion: SET_REGION.replace('set it to', 'set it to only'),
  assignment: (flag: string, name: string) => `write ${flag} ${name}=VALUE`,
  emptyEnvFile: 'check the file; to remove all variables, use --replace-env without a file',
  reportBug:
    'this is a bug in appsctl: please report it at https://github.com/appsctl/appsctl/issues with the output of APPSCTL_DEBUG=1',
} as const;

/** Problems of files, as clauses. */
export const FILE = {
  missing: 'it does not exist',
  noSpace: 'no space left',
} as const;

/** How hints say that the same thing can be tried again. */
export const AGAIN = { cli: 'run the same command again', library: 'try again' } as const;
