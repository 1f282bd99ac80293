import type { Account } from './account.js';
import { AwsError } from './errors.js';
import type { Caller } from './exchange.js';
import { asBody, fail, invalid, type LambdaBody, refuseOtherFields } from './lambda-settings.js';

/** The VPC of a function; both lists are empty for none. */
export interface VpcConfig {
  subnets: string[];
  securityGroups: string[];
}

/** What the caller needs, and the field with the IDs that it is asked for. */
const CALLER_ACTIONS = [
  ['DescribeSubnets', 'subnets'],
  ['DescribeSecurityGroups', 'securityGroups'],
  ['DescribeVpcs', 'subnets'],
] as const;
const ROLE_ACTIONS = ['CreateNetworkInterface', 'DescribeNetworkInterfaces', 'DeleteNetworkInterface'];

/** The VPC in a request; undefined when it has none. */
export function vpcConfig(body: LambdaBody): VpcConfig | undefined {
  const given = body['VpcConfig'];
  if (given === undefined || given === null) return undefined;
  refuseOtherFields(asBody(given), ['SubnetIds', 'SecurityGroupIds'], 'VpcConfig');
  const ids = (name: string, most: number, pattern: RegExp): string[] => {
    const list = asBody(given)[name];
    const items = Array.isArray(list) ? list.map(String) : [];
    const wrong = items.find((id) => !pattern.test(id));
    if (wrong !== undefined) {
      fail(wrong, `vpcConfig.${name}`, `Member must satisfy regular expression pattern: ${pattern.source}`);
    }
    if (items.length > most) {
      fail(
        JSON.stringify(items),
        `vpcConfig.${name}`,
        `Member must have length less than or equal to ${most}`,
      );
    }
    return items;
  };
  const vpc = {
    subnets: ids('SubnetIds', 16, /^subnet-[0-9a-z]*$/),
    securityGroups: ids('SecurityGroupIds', 5, /^sg-[0-9a-zA-Z]*$/),
  };
  if ((vpc.subnets.length === 0) !== (vpc.securityGroups.length === 0)) {
    throw invalid('SubnetIds and SecurityIds must coexist or be both empty list.');
  }
  return vpc;
}

/** Refuses a VPC that does not exist, or that the caller or the role has no permissions for. */
export function checkVpc(account: Account, vpc: VpcConfig, role: string, caller: Caller): void {
  if (vpc.subnets.length === 0) return;
  for (const [action, field] of CALLER_ACTIONS) {
    if (caller.allows({ action: `ec2:${action}`, resource: '*' })) continue;
    throw new AwsError(
      403,
      'AccessDeniedException',
      `Your access has been denied by EC2, please make sure your request credentials have permission to ${action} for ${vpc[field][0]}. EC2 Error Code: UnauthorizedOperation. EC2 Error Message: You are not authorized to perform this operation.`,
    );
  }
  for (const id of [...vpc.subnets, ...vpc.securityGroups]) {
    if (!account.lambda.missingVpcIds.includes(id)) continue;
    throw invalid(
      id.startsWith('subnet-')
        ? `Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. EC2 Error Message: The subnet ID '${id}' does not exist`
        : `Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. EC2 Error Message: The security group '${id}' does not exist`,
    );
  }
  for (const action of ROLE_ACTIONS) checkExecutionRole(account, role, 'ec2', action);
}

/** Refuses a setting for which the execution role has no permission. */
export function checkExecutionRole(
  account: Account,
  role: string,
  service: 'ec2' | 'xray',
  action: string,
): void {
  if (account.roleAllows(role, { action: `${service}:${action}`, resource: '*' })) return;
  throw invalid(
    `The provided execution role does not have permissions to call ${action} on ${service.toUpperCase()}`,
  );
}
