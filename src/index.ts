/**
 * appsctl as a library: the rules of app bundles, and the operations behind the commands. Importing it does
 * nothing but load the AWS SDK, which the adapters `LambdaFunctions`, `S3Bucket` and `Iam` speak through.
 */
export { Iam } from './aws/access-management.js';
export { S3Bucket } from './aws/bucket.js';
export { type AwsConnection, type AwsService, DEFAULT_TIMEOUTS, type Timeouts } from './aws/connection.js';
export { LambdaFunctions } from './aws/functions.js';
export { type OpenBundle, openBundle } from './bundle/open-bundle.js';
export { checkAwsNames } from './core/app-bundle/aws-names.js';
export type { AppBundle, BundleAsset, BundleEntry, BundleFunction } from './core/app-bundle/bundle.js';
export { checkInstallation } from './core/app-bundle/check-installation.js';
export { type Clock, systemClock } from './core/clock.js';
export { DEFAULT_NAMES } from './core/defaults.js';
export { type DeployPlan, type DeploySettings, type Observed, planDeploy } from './core/deploy-plan.js';
export { AppsctlError, type ErrorCode } from './core/errors.js';
export type { AppsctlEvent, EventListener } from './core/events.js';
export { type Finding, Findings } from './core/findings.js';
export { encodeManifest } from './core/manifest/encode.js';
export type { Call, LambdaFunction, Manifest } from './core/manifest/manifest.js';
export { parseManifest } from './core/manifest/parse.js';
export { assetKey, lambdaFunctionName, manifestKey } from './core/names.js';
export type { AccessManagement, Bucket, Functions, Installation, Mattermost } from './core/ports.js';
export { terraformData } from './core/terraform-data.js';
export { MattermostServer } from './mattermost/server.js';
export { type DeployPorts, type PlannedDeployment, prepareDeployment } from './operations/deploy.js';
export { type InitPorts, type InitResult, type InitSettings, init } from './operations/init.js';
export { testAsset, testFunction, testList } from './operations/test.js';
export { validate } from './operations/validate.js';
