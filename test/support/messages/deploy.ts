/** Texts of deployments. */

type Counts = Readonly<Partial<Record<'created' | 'updated' | 'unchanged', number>>>;

export const DEPLOY = {
  roleMissing: (role: string) => `role ${role} does not exist`,
  policyMissing: (policy: string) => `policy ${policy} does not exist`,
  roleNotAllowed: (arn: string) => `AWS Lambda is not allowed to assume the role ${arn}`,
  /** @param changes such as `code`, `memory 256 MB -> 512 MB` */
  functionDiffers: (lambdaName: string, ...changes: readonly string[]) =>
    `function ${lambdaName} (${changes.join('; ')}) already exists and differs from the bundle or the options`,
  differ: (count: number) => `${count} resources on AWS differ from the bundle or the options`,
  functionNotCreated: (lambdaName: string, reason: string) =>
    `function ${lambdaName} could not be created: ${reason}`,
  uncertainTags: (tags: string) =>
    `tags (sets ${tags}; lambda:ListTags is needed to see whether they differ)`,
  /** @param owner like the app such as `com.example.test 1.0.0` */
  belongsToOther: (resource: string, owner: string, app: string) =>
    `${resource} belongs to app ${owner}: app ${app} would replace it`,
  notPropagated: (what: string, seconds: number) => `${what} did not propagate in IAM within ${seconds} s`,
} as const;

/** Parameters are the names of options, flags and commands. */
export const DEPLOY_HINT = {
  checkOrPrepare: (option: string, init: string) => `check ${option}, or prepare the account with: ${init}`,
  trustPolicy: (policy: object) => `set its trust policy to ${JSON.stringify(policy)}`,
  replace: (update: string) => `raise the version in manifest.json, or replace what is on AWS with ${update}`,
  againLater: (again: string) => `${again} later`,
} as const;

/** What a deployment waits for. */
export const WAIT = {
  roleUsable: (arn: string) => `until AWS Lambda can use the role ${arn}`,
  functionReady: (lambdaName: string) => `until function ${lambdaName} is ready`,
  lock: (policy: string) => `for another deployment to release policy ${policy}`,
  policyVersion: (version: number, policy: string) =>
    `for version v${version} of policy ${policy} to propagate in IAM`,
  newKey: (variable: string) => `for AWS to accept ${variable}`,
} as const;

/** The line of the summary about functions or assets. */
export function summaryLine(
  what: 'Functions' | 'Assets',
  { created = 0, updated = 0, unchanged = 0 }: Counts,
): string {
  return `${what}: ${created} created, ${updated} updated, ${unchanged} unchanged\n`;
}

/** The last line of a dry run. */
export function planLine(create: number, update: number, unchanged: number): string {
  return `Plan: ${create} to create, ${update} to update, ${unchanged} unchanged. Nothing was changed (--dry-run).`;
}

export const INTERRUPTION = {
  /** How every message about an interruption begins. */
  begin: 'interrupted',
  nothingChanged: 'interrupted: nothing was changed',
  called: 'interrupted: the app may have been called',
  /**
   * @param functions such as `1 of 1 function`
   * @param assets such as `0 of 2 assets`
   */
  during: (functions: string, assets: string, ...notDone: readonly string[]) =>
    `interrupted: completed ${functions} and ${assets}; not done: ${notDone.join(', ')}`,
  /** The hint. */
  finish: (again: string) => `${again} to finish`,
  /** The line when the signal arrives. */
  stopping: 'stopping at the next safe point',
} as const;
