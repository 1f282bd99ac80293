import type { DeployResult } from '../../api/deploy.js';
import type { BundleListing, RetriedBundle } from '../../api/deployer.js';
import type { RuleExplanation } from '../../api/explain.js';
import type { InitResult } from '../../api/init.js';
import type { InvokeResult } from '../../api/invoke.js';
import type { AppList } from '../../api/list-apps.js';
import type { AppLogEvent } from '../../api/logs.js';
import type { PackageResult } from '../../api/package-app.js';
import type { AppRemoval, RemoveResult } from '../../api/remove.js';
import type { RollbackResult } from '../../api/rollback.js';
import type { ChangedServerApp, ListedApp, ServerAppStatus } from '../../api/server-apps.js';
import type { AppTestReport } from '../../api/test-app.js';
import type { ValidationReport } from '../../api/validate.js';
import type { WhoamiReport } from '../../api/whoami.js';
import type { AccountRemovals } from '../../core/clean/plan.js';
import type { Change } from '../../core/deploy/changes.js';
import type { PassReport, PlannedBundle } from '../../core/deployer/report.js';
import type { StatusReport } from '../../core/inventory/status-report.js';
import type { IamPolicyDocument } from '../../core/policy/deploy-policy.js';
import type { BundleSource } from './bundles.js';
import type { Format } from './json.js';

/** What a dry run returns. */
export interface Plan {
  readonly changes: readonly Change[];
}

/** What a command returns. */
export type CommandResult = PrintableResult & {
  /** What the exit code says of a command that did its work; nothing by default. */
  readonly exit?: 'failed' | 'invalid' | 'changes' | undefined;
  /** What to do next; printed to standard error, after the result. */
  readonly next?: string | undefined;
};

/** The forms in which the variables of the server are printed. */
export const INIT_FORMATS = ['shell', 'dotenv', 'json', 'k8s-secret'] as const;
export type InitFormat = (typeof INIT_FORMATS)[number];

/** What `aws init` prints of its result. */
export interface InitOutput
  extends Pick<
    InitResult,
    'region' | 'userArn' | 'groupArn' | 'policyArn' | 'executionRoleArn' | 'existingAccessKeyIds'
  > {
  /** The new key; without its secret if that is written elsewhere. */
  readonly accessKey: { readonly id: string; readonly secret?: string | undefined } | undefined;
  /** Those of the existing keys that were deleted. */
  readonly deletedAccessKeyIds?: readonly string[] | undefined;
}

/** What is printed to standard output. */
type PrintableResult =
  | { readonly type: 'plan'; readonly plan: Plan }
  | { readonly type: 'deployment'; readonly result: DeployResult; readonly siteUrl: string | undefined }
  | {
      readonly type: 'init';
      readonly result: InitOutput;
      readonly server: { readonly bucket: string; readonly userName: string };
      readonly format: InitFormat;
    }
  /** Everything has been printed or written already. */
  | { readonly type: 'nothing' }
  | {
      readonly type: 'package';
      readonly result: PackageResult;
      /** `name` is the name of the file alone. */
      readonly format: Format | 'name';
    }
  | { readonly type: 'validation'; readonly report: ValidationReport; readonly format: Format }
  | {
      readonly type: 'rules';
      readonly rules: readonly RuleExplanation[];
      readonly format: Format | 'list';
    }
  | {
      readonly type: 'server apps';
      readonly apps: readonly ListedApp[];
      readonly siteUrl: string;
      readonly format: Format;
    }
  | { readonly type: 'server app'; readonly status: ServerAppStatus; readonly format: Format }
  | { readonly type: 'server app change'; readonly app: ChangedServerApp }
  | { readonly type: 'apps'; readonly list: AppList; readonly format: Format }
  | { readonly type: 'status'; readonly report: StatusReport; readonly format: Format }
  | { readonly type: 'pass'; readonly report: PassReport }
  | { readonly type: 'bundle plans'; readonly bundles: readonly PlannedBundle[] }
  | {
      readonly type: 'bundles';
      readonly list: BundleListing;
      readonly source: BundleSource;
      readonly format: Format;
    }
  | { readonly type: 'retried bundles'; readonly bundles: readonly RetriedBundle[] }
  | { readonly type: 'app test'; readonly report: AppTestReport; readonly format: Format }
  | { readonly type: 'answer'; readonly result: InvokeResult; readonly format: Format }
  | { readonly type: 'log event'; readonly event: AppLogEvent; readonly format: Format }
  | { readonly type: 'rollback'; readonly result: RollbackResult; readonly siteUrl: string }
  | { readonly type: 'removal plan'; readonly removal: AppRemoval; readonly format: Format }
  | { readonly type: 'removal'; readonly result: RemoveResult; readonly format: Format }
  | { readonly type: 'terraform data'; readonly json: string }
  | { readonly type: 'policy'; readonly document: IamPolicyDocument }
  | {
      readonly type: 'clean plan' | 'clean';
      readonly result: AccountRemovals;
      readonly format: Format;
    }
  | { readonly type: 'whoami'; readonly report: WhoamiReport; readonly format: Format }
  /** Lines that a program reads. */
  | { readonly type: 'metrics'; readonly lines: readonly string[] }
  | { readonly type: 'test'; readonly lines: readonly string[] };
