import type { DeployResult } from '../../api/deploy.js';
import type { RuleExplanation } from '../../api/explain.js';
import type { InitResult } from '../../api/init.js';
import type { PackageResult } from '../../api/package-app.js';
import type { ChangedServerApp, ListedApp, ServerAppStatus } from '../../api/server-apps.js';
import type { ValidationReport } from '../../api/validate.js';
import type { AccountRemovals } from '../../core/clean/plan.js';
import type { Change } from '../../core/deploy/changes.js';
import type { AppsctlError } from '../../core/diagnostics/error.js';

/** What a dry run returns. */
export interface Plan {
  readonly changes: readonly Change[];
}

/** What a command returns. */
export type CommandResult = PrintableResult & {
  /** What the exit code says of a command that did its work; nothing by default. */
  readonly exit?: 'failed' | 'invalid' | 'changes' | undefined;
};

/** What is printed to standard output. */
type PrintableResult =
  | { readonly type: 'plan'; readonly plan: Plan }
  | { readonly type: 'deployment'; readonly result: DeployResult; readonly siteUrl: string | undefined }
  | {
      readonly type: 'init';
      readonly result: InitResult;
      readonly server: { readonly region: string; readonly bucket: string; readonly userName: string };
      /** Undoes what is of no use when the result cannot be written; returns the error to report. */
      readonly onWriteError: ((error: Error) => Promise<AppsctlError>) | undefined;
    }
  | {
      readonly type: 'package';
      readonly result: PackageResult;
      /** `name` is the name of the file alone. */
      readonly format: 'text' | 'json' | 'name';
    }
  | { readonly type: 'validation'; readonly report: ValidationReport; readonly format: 'text' | 'json' }
  | {
      readonly type: 'rules';
      readonly rules: readonly RuleExplanation[];
      readonly format: 'text' | 'list' | 'json';
    }
  | {
      readonly type: 'server apps';
      readonly apps: readonly ListedApp[];
      readonly siteUrl: string;
      readonly format: 'text' | 'json';
    }
  | { readonly type: 'server app'; readonly status: ServerAppStatus; readonly format: 'text' | 'json' }
  | { readonly type: 'server app change'; readonly app: ChangedServerApp }
  | { readonly type: 'terraform data'; readonly json: string }
  | { readonly type: 'clean plan'; readonly planned: AccountRemovals }
  | { readonly type: 'clean'; readonly removed: AccountRemovals }
  | { readonly type: 'test'; readonly lines: readonly string[] };
