import { isLambdaFunctionName } from '../aws/resource-names.js';
import type { Findings } from '../diagnostics/findings.js';
import { LIMITS } from '../limits.js';
import { type AppBundle, MANIFEST_ENTRY } from './bundle.js';

/**
 * The rules of AWS that a bundle may break although the Mattermost server takes it.
 *
 * @param bundle a bundle without errors
 * @returns findings for `generate-terraform-data` to warn of and for a deployment to refuse
 */
export function checkAwsNames(bundle: AppBundle, findings: Findings): void {
  const byLambdaName = new Map<string, string>();
  for (const { name, lambdaName } of bundle.functions) {
    const rival = byLambdaName.get(lambdaName);
    if (rival !== undefined) {
      findings.error(name, `gets the same name on AWS as ${rival}: ${lambdaName}`, 'rename one of the two');
    }
    byLambdaName.set(lambdaName, name);
    if (isLambdaFunctionName(lambdaName)) continue;
    const fix = 'shorten the name or the app id, and keep to A-Z, a-z, 0-9, "-" and "_"';
    findings.error(name, `would be named ${JSON.stringify(lambdaName)}, which AWS Lambda refuses`, fix);
  }
  const keys = bundle.assets.map(({ entry, key }) => [entry.name, key] as const);
  for (const [location, key] of [[MANIFEST_ENTRY, bundle.manifestKey] as const, ...keys]) {
    const bytes = Buffer.byteLength(key);
    if (bytes <= LIMITS.key) continue;
    const message = `gets an S3 key of ${bytes} bytes, over the limit of ${LIMITS.key}`;
    findings.error(location, message, 'shorten its path');
  }
}
