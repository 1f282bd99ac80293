import { describe, expect, test } from 'vitest';
import { readOldVariables } from '../../../../src/cli/input/old-variables.js';

const USED = [
  'MM_APPS_BUNDLE_BUCKET',
  'MM_APPS_BUNDLE_ROLE_ARN',
  'MM_APPS_S3_BUCKET',
  'MM_APPS_ENVIRONMENT',
  'MM_APPS_SUBNET_IDS',
  'MM_APPS_NOTIFICATIONS_WEBHOOK',
  'MM_APPS_ALERTS_WEBHOOK',
  'TMPDIR',
  'TerraformApply',
] as const;

function read(env: Record<string, string>, used: Parameters<typeof readOldVariables>[1] = USED) {
  const notes: string[] = [];
  const result = readOldVariables({ env }, used, (line) => notes.push(line));
  return { ...result, notes };
}

const NOT_NEEDED = 'is not needed any more: there is no Terraform';
const SECRET = 'https://chat.example.com/hooks/s3cret';

describe('an old variable', () => {
  test.each([
    ['AppsBundleBucketName', 'bundles', 'MM_APPS_BUNDLE_BUCKET', 'bundles'],
    ['AppsAssumeRole', 'arn:aws:iam::111122223333:role/r', 'MM_APPS_BUNDLE_ROLE_ARN', undefined],
    ['StaticBucket', 'apps', 'MM_APPS_S3_BUCKET', 'apps'],
    ['Environment', 'production', 'MM_APPS_ENVIRONMENT', 'production'],
    ['PrivateSubnetIDs', '["subnet-1", "subnet-2"]', 'MM_APPS_SUBNET_IDS', 'subnet-1,subnet-2'],
    ['PrivateSubnetIDs', ' [ "subnet-1",\n ] ', 'MM_APPS_SUBNET_IDS', 'subnet-1'],
    ['MattermostNotificationsHook', SECRET, 'MM_APPS_NOTIFICATIONS_WEBHOOK', SECRET],
    ['MattermostAlertsHook', SECRET, 'MM_APPS_ALERTS_WEBHOOK', SECRET],
    ['TempDir', '/deployer/tmp', 'TMPDIR', '/deployer/tmp'],
  ])('%s=%s is that of %s', (name, value, newName, converted = value) => {
    expect(read({ [name]: value })).toEqual({
      env: { [name]: value, [newName]: converted },
      isPlanOnly: false,
      notes: [`${name} is the old name of ${newName}`],
    });
  });

  test.each([
    ['TerraformTemplateDir', '/deployer/terraform', `TerraformTemplateDir ${NOT_NEEDED}`],
    ['TerraformStateBucket', 'state', `TerraformStateBucket ${NOT_NEEDED}`],
    [
      'TerraformApply',
      'true',
      'TerraformApply is not needed any more: without --dry-run, bundles are deployed',
    ],
  ])('%s=%s has no meaning', (name, value, note) => {
    expect(read({ [name]: value })).toEqual({ env: { [name]: value }, isPlanOnly: false, notes: [note] });
  });

  test.each(['false', 'TRUE', '0'])('TerraformApply=%s means a dry run', (value) => {
    expect(read({ TerraformApply: value })).toMatchObject({
      isPlanOnly: true,
      notes: ['TerraformApply is not true: nothing is deployed, as with --dry-run'],
    });
  });

  test('does not count beside the new one, and says so if they differ', () => {
    const env = {
      ...{ Environment: 'old', MM_APPS_ENVIRONMENT: 'new', StaticBucket: 'apps', MM_APPS_S3_BUCKET: 'apps' },
      ...{ PrivateSubnetIDs: '["subnet-1"]', MM_APPS_SUBNET_IDS: 'subnet-1' },
      ...{ MattermostAlertsHook: SECRET, MM_APPS_ALERTS_WEBHOOK: `${SECRET}2` },
    };
    expect(read(env)).toEqual({
      env,
      isPlanOnly: false,
      notes: [
        'Environment is ignored: MM_APPS_ENVIRONMENT is set to something else',
        'MattermostAlertsHook is ignored: MM_APPS_ALERTS_WEBHOOK is set to something else',
      ],
    });
  });

  test('that a command does not use needs no note', () => {
    const env = { StaticBucket: 'apps', TerraformApply: 'false', TerraformStateBucket: 'state' };
    expect(read(env, ['MM_APPS_BUNDLE_BUCKET'])).toMatchObject({ env, notes: [] });
  });

  test('that is empty counts as not set', () => {
    expect(read({ Environment: '', TerraformApply: '' })).toMatchObject({ isPlanOnly: false, notes: [] });
  });

  test.each(['subnet-1', '[subnet-1]', '[]', '["subnet-1" "subnet-2"]'])(
    'PrivateSubnetIDs=%s is refused',
    (value) => {
      expect(() => read({ PrivateSubnetIDs: value })).toThrow(
        expect.objectContaining({
          code: 'INVALID_VARIABLE',
          message: 'PrivateSubnetIDs is not a list of Terraform',
        }),
      );
    },
  );
});
