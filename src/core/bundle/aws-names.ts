import { isLambdaFunctionName } from '../aws/resource-names.js';
import type { Findings } from '../diagnostics/findings.js';
import { LIMITS } from '../limits.js';
import { MANIFEST_ENTRY, type PartialBundle } from './bundle.js';

/**
 * Checks the names of functions and objects on AWS, which the Mattermost server accepts unchecked.
 *
 * @param findings what was found when the bundle was opened; collects errors, which `generate-terraform-data` reports as
 *   warnings
 */
export function checkAwsNames(bundle: PartialBundle, findings: Findings): void {
  // All names contain the ID and the version.
  if (bundle.manifest === undefined || findings.hasErrorAt('app_id') || findings.hasErrorAt('version'))
    return;
  const byLambdaName = new Map<string, string>();
  for (const { location, name, lambdaName } of bundle.functions) {
    const other = byLambdaName.get(lambdaName);
    if (other !== undefined) {
      const message = `function ${name} has the same Lambda name as ${other}: ${lambdaName}`;
      findings.error('aws/duplicate-function-name', `${location}.name`, message, 'rename one of them');
    }
    byLambdaName.set(lambdaName, name);
    if (isLambdaFunctionName(lambdaName)) continue;
    const message = `function ${name} has the Lambda name ${JSON.stringify(lambdaName)}, which AWS does not allow`;
    const fix = 'shorten the name or the app ID, and use only A-Z, a-z, 0-9, "-" and "_"';
    findings.error('aws/function-name', `${location}.name`, message, fix);
  }
  const keys = bundle.assets.map(({ entry, key }) => [entry.name, key] as const);
  for (const [location, key] of [[MANIFEST_ENTRY, bundle.manifestKey] as const, ...keys]) {
    const bytes = Buffer.byteLength(key);
    if (bytes <= LIMITS.key) continue;
    const message = `has an S3 key of ${bytes} bytes, over the limit of ${LIMITS.key}`;
    findings.error('aws/s3-key', location, message, 'shorten its path');
  }
}
