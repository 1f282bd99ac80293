import { isLambdaFunctionName } from '../aws/resource-names.js';
import type { Findings } from '../diagnostics/findings.js';
import { LIMITS } from '../limits.js';
import { type AppBundle, MANIFEST_ENTRY } from './bundle.js';

/**
 * Checks the names of functions and objects on AWS, which the Mattermost server accepts unchecked.
 *
 * @param bundle a valid bundle
 * @param findings collects errors; `generate-terraform-data` reports them as warnings
 */
export function checkAwsNames(bundle: AppBundle, findings: Findings): void {
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
