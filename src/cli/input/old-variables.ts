import { AppsctlError } from '../../core/diagnostics/error.js';
import type { CommandContext } from './context.js';
import type { Variable } from './environment.js';

/** Where a variable is in this version. */
type Meaning =
  | {
      /** The folder of temporary files has a name of the system. */
      readonly newName: Variable | 'TMPDIR';
      /** Reads the value, if it has another form; undefined if it is not valid. */
      readonly convert?: (value: string) => string | undefined;
    }
  /** What Terraform needed. */
  | 'not needed'
  /** Whether it deploys. */
  | 'switch';

/** The variables of the Go version of the deployer. */
const OLD_VARIABLES = {
  AppsBundleBucketName: { newName: 'MM_APPS_BUNDLE_BUCKET' },
  AppsAssumeRole: { newName: 'MM_APPS_BUNDLE_ROLE_ARN' },
  StaticBucket: { newName: 'MM_APPS_S3_BUCKET' },
  Environment: { newName: 'MM_APPS_ENVIRONMENT' },
  PrivateSubnetIDs: { newName: 'MM_APPS_SUBNET_IDS', convert: convertHclList },
  MattermostNotificationsHook: { newName: 'MM_APPS_NOTIFICATIONS_WEBHOOK' },
  MattermostAlertsHook: { newName: 'MM_APPS_ALERTS_WEBHOOK' },
  TempDir: { newName: 'TMPDIR' },
  TerraformTemplateDir: 'not needed',
  TerraformStateBucket: 'not needed',
  TerraformApply: 'switch',
} as const satisfies Readonly<Record<string, Meaning>>;
export type OldVariable = keyof typeof OLD_VARIABLES;

/** What the environment of a deployer says. */
export interface DeployerEnvironment {
  /** With the new names. */
  readonly env: CommandContext['env'];
  /** Whether nothing is to be deployed, as with --dry-run. */
  readonly isPlanOnly: boolean;
}

/** What a command may read that has an old name. */
type Used = Variable | 'TMPDIR' | 'TerraformApply';

/**
 * Reads the variables of the Go version as those of this one, where this one's are not set.
 *
 * @param used what the command reads
 * @param note takes one line about each variable that was found
 * @throws AppsctlError INVALID_VARIABLE
 */
export function readOldVariables(
  { env }: Pick<CommandContext, 'env'>,
  used: readonly Used[],
  note: (line: string) => void,
): DeployerEnvironment {
  const renamed: Record<string, string> = {};
  for (const [name, meaning] of Object.entries<Meaning>(OLD_VARIABLES)) {
    const value = env[name];
    if (!value) continue;
    if (typeof meaning === 'string') {
      if (used.includes('TerraformApply'))
        note(meaning === 'switch' ? describeSwitch(value) : notNeeded(name));
      continue;
    }
    const { newName, convert = (text) => text } = meaning;
    if (!used.includes(newName)) continue;
    const current = env[newName];
    const converted = convert(value);
    if (current) {
      if (current !== converted) note(`${name} is ignored: ${newName} is set to something else`);
      continue;
    }
    if (converted === undefined) throw notHcl(name, newName);
    renamed[newName] = converted;
    note(`${name} is the old name of ${newName}`);
  }
  const apply = env['TerraformApply'];
  return { env: { ...env, ...renamed }, isPlanOnly: Boolean(apply) && apply !== APPLY };
}

/** The value with which the Go version deployed; with any other one it planned. */
const APPLY = 'true';

function describeSwitch(value: string): string {
  return value === APPLY
    ? 'TerraformApply is not needed any more: without --dry-run, bundles are deployed'
    : 'TerraformApply is not true: nothing is deployed, as with --dry-run';
}

function notNeeded(name: string): string {
  return `${name} is not needed any more: there is no Terraform`;
}

/** Turns a list of Terraform, such as `["subnet-1", "subnet-2"]`, into one with commas; undefined if it is none. */
function convertHclList(value: string): string | undefined {
  const [, items = ''] = /^\s*\[(.*?),?\s*\]\s*$/s.exec(value) ?? [];
  const parts = items.split(',').map((item) => /^\s*"([^"]*)"\s*$/.exec(item)?.[1]);
  return parts.every((part) => part !== undefined) ? parts.join(',') : undefined;
}

function notHcl(name: string, newName: string): AppsctlError {
  return new AppsctlError('INVALID_VARIABLE', `${name} is not a list of Terraform`, {
    hint: `write it as ["subnet-1", "subnet-2"], or set ${newName} to subnet-1,subnet-2`,
  });
}
