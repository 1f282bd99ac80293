import { describe, expect, test } from 'vitest';
import { renderInit } from '../../../../src/cli/render/init.js';
import { exportLine } from '../../../support/messages/init.js';

const ARNS = {
  userArn: 'arn:u',
  groupArn: 'arn:g',
  policyArn: 'arn:p',
  executionRoleArn: 'arn:r',
  region: 'us-east-1',
};
const SERVER = { region: 'us-east-1', bucket: 'b', userName: 'alice' };

function render(existingAccessKeyIds: readonly string[] | undefined): string[] {
  return renderInit({ ...ARNS, accessKey: undefined, existingAccessKeyIds }, SERVER);
}

describe('the variables of the server', () => {
  test('contain a new access key', () => {
    const accessKey = { id: 'AKIA', secret: 's/+', revoke: async () => {} };
    expect(renderInit({ ...ARNS, accessKey, existingAccessKeyIds: [] }, SERVER).slice(1)).toEqual([
      exportLine('MM_APPS_AWS_ACCESS_KEY', 'AKIA'),
      exportLine('MM_APPS_AWS_SECRET_KEY', 's/+'),
      exportLine('MM_APPS_AWS_REGION', 'us-east-1'),
      exportLine('MM_APPS_S3_BUCKET', 'b'),
    ]);
  });

  test('are comments without one', () => {
    expect(render([]).slice(1, 3)).toEqual([
      `# export MM_APPS_AWS_ACCESS_KEY='…'`,
      `# export MM_APPS_AWS_SECRET_KEY='…'`,
    ]);
  });

  test.each([
    [undefined, /The access keys of user alice cannot be listed\.$/],
    [[], /User alice has no access key; --create-access-key creates one\.$/],
    [['AKIA1'], /User alice has access key AKIA1; --create-access-key creates another\.$/],
    [
      ['AKIA1', 'AKIA2'],
      /has 2 access keys \(AKIA1, AKIA2\), the most AWS allows; delete one to create another\.$/,
    ],
  ])('say for the keys %j what can be done', (ids, expected) => {
    expect(render(ids)[0]).toMatch(expected);
  });
});
