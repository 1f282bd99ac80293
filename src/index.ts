/**
 * appsctl as a library: what its commands do, as functions. Importing it has no side effects; the AWS SDK is loaded by the
 * first function that needs it.
 */

export type { AppOptions } from './api/app-options.js';
export { type CleanOptions, type CleanPlanOptions, clean, planClean } from './api/clean.js';
export type { CommonOptions } from './api/common-options.js';
export {
  type App,
  type DeployedFunction,
  type DeploymentPlan,
  type DeployOptions,
  type DeployResult,
  deploy,
  type PlanOptions,
  planDeployment,
} from './api/deploy.js';
export {
  type BundleListing,
  listBundles,
  planBundles,
  type RetriedBundle,
  type RetryOptions,
  retryBundles,
  runDeployer,
  type UnreadableBundle,
  type WatchOptions,
  watchDeployer,
} from './api/deployer.js';
export type {
  BundleBucketOptions,
  DeployerBaseOptions,
  DeployerOptions,
  DeployerPlanOptions,
  MetricsOptions,
} from './api/deployer-options.js';
export {
  type BundlePolicyOptions,
  bundleRolePolicy,
  type DeployerPolicyOptions,
  type DeployerTrustOptions,
  deployerPolicy,
  deployerTrustPolicy,
  uploadPolicy,
} from './api/deployer-policies.js';
export { explain, listRules, type RuleExplanation } from './api/explain.js';
export type { FunctionOptions } from './api/function-options.js';
export {
  type AccountPlan,
  type InitOptions,
  type InitPlanOptions,
  type InitResult,
  init,
  type NewKeyAccount,
  type PreparedAccount,
  planInit,
  type ServerAccessKey,
} from './api/init.js';
export { type InvokeOptions, type InvokeResult, invoke } from './api/invoke.js';
export { type AppList, type ListOptions, listApps } from './api/list-apps.js';
export type { BundleAccess, BundleOptions } from './api/local-app.js';
export { type AppLogEvent, type LogOptions, readLogs } from './api/logs.js';
export type { NameOptions } from './api/name-options.js';
export type {
  AwsAccountOptions,
  AwsOptions,
  ConnectionOptions,
  MattermostOptions,
  NetworkOptions,
  WebhookUrls,
} from './api/network-options.js';
export {
  type PackagedFunction,
  type PackageOptions,
  type PackageResult,
  packageApp,
} from './api/package-app.js';
export {
  type CiTrustOptions,
  ciTrustPolicy,
  type DeployPolicyOptions,
  deployPolicy,
  proposeBucket,
} from './api/policies.js';
export {
  type AppRemoval,
  planRemoval,
  type RemovalStep,
  type RemoveOptions,
  type RemovePlanOptions,
  type RemoveResult,
  removeApp,
} from './api/remove.js';
export {
  planRollback,
  type RollbackOptions,
  type RollbackPlan,
  type RollbackPlanOptions,
  type RollbackResult,
  rollbackApp,
} from './api/rollback.js';
export {
  type ChangedApp,
  type ChangedServerApp,
  disableApp,
  enableApp,
  installApp,
  type ListedApp,
  listServerApps,
  type ServerAppProblem,
  type ServerAppStatus,
  type ServerChangeOptions,
  type ServerOptions,
  serverAppStatus,
  type UninstallOptions,
  uninstallApp,
} from './api/server-apps.js';
export { type StatusOptions, status } from './api/status.js';
export { type TerraformData, type TerraformOptions, terraformData } from './api/terraform-data.js';
export { type TestReport, test, testLambda, testList, testS3 } from './api/test.js';
export { type AppCheck, type AppTestReport, type TestAppOptions, testApp } from './api/test-app.js';
export { type ValidationOptions, type ValidationReport, validate } from './api/validate.js';
export {
  type AwsIdentity,
  type UnknownPart,
  type WhoamiAnswers,
  type WhoamiOptions,
  type WhoamiReport,
  whoami,
} from './api/whoami.js';
export type { AwsCredentials } from './aws/client/connection.js';
export { type OpenBundle, type OpenFile, openBundle } from './bundle/open-bundle.js';
export type { CallFields } from './core/app-call/call-request.js';
export type { CheckId } from './core/app-test/check.js';
export type { AwsAccessKey } from './core/aws/access-key.js';
export type { Account } from './core/aws/arn.js';
export type { Endpoints } from './core/aws/endpoints.js';
export { assetKey, lambdaFunctionName, manifestKey } from './core/aws/resource-names.js';
export type { RuntimeEnd } from './core/aws/runtimes.js';
export type { AwsService } from './core/aws-service.js';
export type { AppBundle, BundleAsset, BundleEntry, BundleFunction } from './core/bundle/bundle.js';
export type { AccountRemovals, Removal } from './core/clean/plan.js';
export { DEFAULT_NAMES } from './core/defaults.js';
export type { Action } from './core/deploy/action.js';
export type { Change } from './core/deploy/changes.js';
export type { Architecture, TracingMode, Variables, VpcSettings } from './core/deploy/function-spec.js';
export type { InstallationStatus, InstalledApp } from './core/deploy/installation.js';
export type { BundleState, RecordedFailure } from './core/deployer/bundle-state.js';
export type { DeployerEvent, DeployerListener } from './core/deployer/event.js';
export type { ListenAddress } from './core/deployer/listen-address.js';
export type {
  BundleApp,
  BundleStatus,
  DeployedBundle,
  FailedBundle,
  LeaseHolder,
  PassReport,
  PlannedBundle,
} from './core/deployer/report.js';
export { AppsctlError, type ErrorCode, type ErrorDetails } from './core/diagnostics/error.js';
export type { AppsctlEvent, EventListener, Outcome, ResourceKind } from './core/diagnostics/event.js';
export type { Finding, Severity } from './core/diagnostics/findings.js';
export type { RuleInfo } from './core/diagnostics/rules/rule-info.js';
export type { Rule } from './core/diagnostics/rules.js';
export { type Hint, LIBRARY_VOCABULARY, type Vocabulary } from './core/diagnostics/vocabulary.js';
export type {
  AppFunction,
  AppIcon,
  AppOnServer,
  AppVersion,
  AssetTotals,
  FunctionOnAws,
} from './core/inventory/app-version.js';
export type { Problem, ProblemType } from './core/inventory/problems.js';
export type { CheckedVersion, StatusReport } from './core/inventory/status-report.js';
export type { InventoryPart, UncheckedPart } from './core/inventory/unchecked.js';
export type { JsonObject, JsonValue } from './core/json/strict-json.js';
export type { Call, CallField, LambdaFunction, Manifest } from './core/manifest/manifest.js';
export type { CiProvider } from './core/policy/ci-trust.js';
export type { IamPolicyDocument, IamStatement } from './core/policy/deploy-policy.js';
export type { PodCredentials } from './core/policy/deployer-trust.js';
export type { NewAccessKey } from './core/ports/iam.js';
export type { KeptResource } from './core/removal/kept-resource.js';
export type { VariableValues } from './core/settings/resolve-settings.js';
export type { Timeouts } from './core/timeouts.js';
