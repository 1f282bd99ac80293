import { describe, expect, test } from 'vitest';
import type { InitFormat } from '../../../../src/cli/render/command-result.js';
import { renderInit } from '../../../../src/cli/render/init.js';
import { exportLine } from '../../../support/messages/init.js';

const ARNS = { userArn: 'arn:u', groupArn: 'arn:g', policyArn: 'arn:p', executionRoleArn: 'arn:r' };
const ACCOUNT = { region: 'us-east-1', ...ARNS };
const SERVER = { bucket: 'b', userName: 'alice' };

function render(existingAccessKeyIds: readonly string[] | undefined): string[] {
  return renderInit({ ...ACCOUNT, accessKey: undefined, existingAccessKeyIds }, SERVER, 'shell');
}

function renderNew(format: InitFormat, secret: string | undefined = 's/+'): string[] {
  return renderInit(
    { ...ACCOUNT, accessKey: { id: 'AKIA', secret }, existingAccessKeyIds: [] },
    SERVER,
    format,
  );
}

describe('the variables of the server', () => {
  test('contain a new access key', () => {
    expect(renderNew('shell').slice(1)).toEqual([
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

  test('do not name keys that were deleted', () => {
    const keys = { existingAccessKeyIds: ['AKIA1', 'AKIA2'], deletedAccessKeyIds: ['AKIA2'] };
    const [comment] = renderInit({ ...ACCOUNT, accessKey: undefined, ...keys }, SERVER, 'shell');
    expect(comment).toMatch(/ User alice has access key AKIA1; /);
  });

  test('are quoted for a shell', () => {
    const line = renderNew('shell', `a'b$c`).find((text) => text.includes('SECRET'));
    expect(line).toBe(String.raw`export MM_APPS_AWS_SECRET_KEY='a'\''b$c'`);
  });

  test('have no quotes in the form of Docker', () => {
    expect(renderNew('dotenv').slice(1)).toEqual([
      'MM_APPS_AWS_ACCESS_KEY=AKIA',
      'MM_APPS_AWS_SECRET_KEY=s/+',
      'MM_APPS_AWS_REGION=us-east-1',
      'MM_APPS_S3_BUCKET=b',
    ]);
  });

  test('are a Secret of Kubernetes', () => {
    expect(renderNew('k8s-secret', 'a"b').slice(1)).toEqual([
      'apiVersion: v1',
      'kind: Secret',
      'metadata:',
      '  name: mattermost-apps-aws',
      'type: Opaque',
      'stringData:',
      '  MM_APPS_AWS_ACCESS_KEY: "AKIA"',
      String.raw`  MM_APPS_AWS_SECRET_KEY: "a\"b"`,
      '  MM_APPS_AWS_REGION: "us-east-1"',
      '  MM_APPS_S3_BUCKET: "b"',
    ]);
  });

  test('are a part of the JSON, with everything else', () => {
    expect(JSON.parse(renderNew('json').join('\n'))).toEqual({
      version: 1,
      ...ARNS,
      existingAccessKeyIds: [],
      accessKey: { id: 'AKIA', secret: 's/+' },
      variables: {
        MM_APPS_AWS_ACCESS_KEY: 'AKIA',
        MM_APPS_AWS_SECRET_KEY: 's/+',
        MM_APPS_AWS_REGION: 'us-east-1',
        MM_APPS_S3_BUCKET: 'b',
      },
    });
    expect(
      JSON.parse(
        renderInit(
          { ...ACCOUNT, accessKey: undefined, existingAccessKeyIds: undefined },
          SERVER,
          'json',
        ).join('\n'),
      ),
    ).toEqual({
      version: 1,
      ...ARNS,
      existingAccessKeyIds: null,
      accessKey: null,
      variables: { MM_APPS_AWS_REGION: 'us-east-1', MM_APPS_S3_BUCKET: 'b' },
    });
  });
});
