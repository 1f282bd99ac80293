/** Where a message of AWS names the missing permission of the caller; AWS Lambda also asks S3 and EC2 for the caller. */
const MISSING_PERMISSION = /not authorized to perform: ([\w-]+):(\w+)/;
const DENIED_BY = /denied by (\w+), please make sure your request credentials have permission to (\w+)/;

/**
 * Suggests what to do when the caller lacks a permission.
 *
 * @param message what AWS says
 * @param owner how messages name whom the credentials belong to
 */
export function suggestPermission(message: string, owner: string): string {
  // Secrets Manager names neither the action nor the key.
  if (/^Access to KMS is not allowed/.test(message)) {
    return `grant kms:GenerateDataKey and kms:Decrypt on the KMS key of the secret to ${owner}`;
  }
  const [, service, action] = MISSING_PERMISSION.exec(message) ?? DENIED_BY.exec(message) ?? [];
  if (service === undefined) return `grant this permission to ${owner}`;
  const permission = `${service.toLowerCase()}:${action}`;
  if (permission === 'sts:AssumeRole') {
    return 'grant sts:AssumeRole on the role to this user, and allow it in the trust policy of the role';
  }
  const grant = `grant ${permission} to ${owner}`;
  return permission === 'lambda:GetLayerVersion'
    ? `${grant}; the owner of a layer in another account must share it, too`
    : grant;
}

/** What AWS refuses about the settings of a function, and what to do. */
const REFUSED_SETTINGS: readonly (readonly [RegExp, string])[] = [
  [
    /execution role does not have permissions to call \w+ on EC2/,
    'attach the AWS managed policy service-role/AWSLambdaVPCAccessExecutionRole to the execution role',
  ],
  [
    /execution role does not have permissions to call \w+ on XRAY/,
    'attach the AWS managed policy AWSXRayDaemonWriteAccess to the execution role',
  ],
  [/ at 'runtime' failed to satisfy constraint/, 'correct the runtime of the function'],
  [
    /Layer version \S+ does not exist/,
    'check the ARN of the layer and its version, which must be in the region of the function',
  ],
  [
    /InvalidSubnetID|InvalidGroup\.NotFound|InvalidSecurityGroupID/,
    'check the IDs of the subnets and security groups, which must be in the region of the function and in one VPC',
  ],
];

/** Suggests what to do when AWS refuses the settings of a function; undefined when the message does not show it. */
export function suggestSetting(message: string): string | undefined {
  return REFUSED_SETTINGS.find(([pattern]) => pattern.test(message))?.[1];
}
