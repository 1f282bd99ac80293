import { AttachRolePolicyCommand, CreateRoleCommand } from '@aws-sdk/client-iam';
import { expect, it } from 'vitest';
import { LambdaFunctions } from '../../src/aws/lambda/lambda-functions.js';
import { LogGroups } from '../../src/aws/logs/log-groups.js';
import { functionChanges } from '../../src/core/deploy/function-changes.js';
import {
  type FunctionSettings,
  type FunctionSpec,
  NO_SETTINGS,
} from '../../src/core/deploy/function-spec.js';
import { LAMBDA_TRUST } from '../stand-ins/aws/tests/helpers.js';
import { functionArchive, functionCode } from '../support/bundle.js';
import { connectionTo } from '../support/connection.js';
import { machine } from '../support/memory-ports.js';
import { freshName, type Target } from './target.js';

const NO_VPC = { subnets: [], securityGroups: [] };
const FIRST = {
  ...{ memory: 512, timeout: 60, ephemeralStorage: 1024 },
  environment: { LEVEL: '1' },
  tags: { team: 'apps' },
  vpc: { subnets: ['subnet-1', 'subnet-2'], securityGroups: ['sg-1'] },
  tracing: 'active',
} as const;
const SECOND = {
  ...{ memory: 1024, timeout: 5 },
  environment: { LEVEL: '2', MORE: '1' },
  tags: { team: 'other', more: '1' },
  vpc: NO_VPC,
} as const;

/**
 * What appsctl sends is what an AWS stores. Layers are left out, and updates of storage and tracing: moto does not find its
 * own layers, and ignores the updates.
 */
export function settingsContract(target: () => Target): void {
  async function setUp() {
    const { aws, clients } = target();
    const RoleName = freshName('role');
    const { Role } = await clients.iam.send(
      new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: LAMBDA_TRUST }),
    );
    for (const name of ['service-role/AWSLambdaVPCAccessExecutionRole', 'AWSXRayDaemonWriteAccess']) {
      const PolicyArn = `arn:aws:iam::aws:policy/${name}`;
      await clients.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    }
    const role = { arn: Role?.Arn ?? '', createdAt: Date.now(), trustPolicy: undefined };
    const code = functionCode(await functionArchive());
    const { connection } = connectionTo(aws);
    const functions = new LambdaFunctions(connection, 'bucket', machine('here', 1));
    const name = freshName('a_1_go');
    const spec = (settings: Partial<FunctionSettings>): FunctionSpec => ({
      ...{ name, handler: 'index.handler', runtime: 'nodejs22.x', role, code },
      settings: { ...NO_SETTINGS, ...settings },
    });
    const find = async () => {
      const state = await functions.find(name);
      if (state === undefined) throw new Error(`${name} does not exist`);
      return state;
    };
    return { connection, find, functions, name, spec };
  }

  it('are those of a new function', async () => {
    const { find, functions, spec } = await setUp();
    await functions.create(spec(FIRST));
    const created = await find();
    expect(created).toMatchObject(FIRST);
    expect(functionChanges(spec(FIRST), created)).toEqual([]);
  });

  it('have the defaults', async () => {
    const { find, functions, name, spec } = await setUp();
    await functions.create(spec({}));
    expect(await find()).toMatchObject({
      ...{ memory: 256, timeout: 30, ephemeralStorage: 512, environment: {}, tags: {}, vpc: NO_VPC },
      ...{ layers: [], tracing: 'pass-through', logGroup: `/aws/lambda/${name}` },
    });
  });

  it('are updated', async () => {
    const { find, functions, spec } = await setUp();
    await functions.create(spec(FIRST));
    const desired = spec(SECOND);
    const current = await find();
    await functions.update(desired, current, functionChanges(desired, current));
    const updated = await find();
    expect(updated).toMatchObject(SECOND);
    expect(functionChanges(desired, updated)).toEqual([]);
  });

  it('include the log retention', async () => {
    const { connection, name } = await setUp();
    const logs = new LogGroups(connection);
    const group = `/aws/lambda/${name}`;
    expect(await logs.findRetention(group)).toBeUndefined();
    await logs.setRetention(group, 30);
    expect(await logs.findRetention(group)).toBe(30);
    await logs.setRetention(group, 7);
    expect(await logs.findRetention(group)).toBe(7);
  });
}
