/**
 * appsctl as a library: the rules of app bundles, and the operations behind the commands. Importing it does nothing but
 * load the AWS SDK, which the adapters speak through.
 */
export {
  type AwsAccessKey,
  type AwsConnection,
  type AwsCredentials,
  type AwsService,
  DEFAULT_TIMEOUTS,
  type Timeouts,
} from './aws/client/connection.js';
export { IamAccessKeys } from './aws/iam/iam-access-keys.js';
export { IamPolicies } from './aws/iam/iam-policies.js';
export { IamRoles } from './aws/iam/iam-roles.js';
export { IamService } from './aws/iam/iam-service.js';
export { IamUsers } from './aws/iam/iam-users.js';
export { LambdaCaller } from './aws/lambda/lambda-caller.js';
export { LambdaFunctions } from './aws/lambda/lambda-functions.js';
export { S3BucketSetup } from './aws/s3/s3-bucket-setup.js';
export { S3Objects } from './aws/s3/s3-objects.js';
export { StsIdentity } from './aws/sts/sts-identity.js';
export { type OpenBundle, openBundle } from './bundle/open-bundle.js';
export { type Clock, systemClock } from './core/async/clock.js';
export { assetKey, lambdaFunctionName, manifestKey } from './core/aws/resource-names.js';
export { checkAwsNames } from './core/bundle/aws-names.js';
export type { AppBundle, BundleAsset, BundleEntry, BundleFunction } from './core/bundle/bundle.js';
export { checkInstallation } from './core/bundle/check-installation.js';
export { DEFAULT_NAMES } from './core/defaults.js';
export { type CurrentState, type DeployPlan, type DeploySettings, planDeploy } from './core/deploy/plan.js';
export { terraformData } from './core/deploy/terraform-data.js';
export { AppsctlError, type ErrorCode } from './core/diagnostics/error.js';
export type { AppsctlEvent, EventListener } from './core/diagnostics/event.js';
export { type Finding, Findings, type Severity } from './core/diagnostics/findings.js';
export { RULES, type Rule } from './core/diagnostics/rules.js';
export type { Vocabulary } from './core/diagnostics/vocabulary.js';
export { encodeManifest } from './core/manifest/encode.js';
export type { Call, LambdaFunction, Manifest } from './core/manifest/manifest.js';
export { parseManifest } from './core/manifest/parse.js';
export type * from './core/ports/iam.js';
export type * from './core/ports/lambda.js';
export type * from './core/ports/mattermost.js';
export type * from './core/ports/s3.js';
export { MattermostServer } from './mattermost/mattermost-server.js';
export { type PlannedDeployment, prepareDeployment } from './operations/deploy/deploy.js';
export type { DeployPorts } from './operations/deploy/ports.js';
export { type InitResult, type PlannedInit, prepareInit } from './operations/init/init.js';
export type { InitPorts, InitSettings } from './operations/init/ports.js';
export { listTestApps, pingTestApp, readTestAsset } from './operations/smoke-test/smoke-test.js';
export { type ValidateOptions, validate } from './operations/validate.js';
