import { afterAll, beforeAll, describe } from 'vitest';
import type { Clients } from '../support/aws-clients.js';
import { accountContract } from './account-contract.js';
import { bucketContract } from './bucket-contract.js';
import { credentialsContract } from './credentials-contract.js';
import { deployerContract } from './deployer-contract.js';
import { iamContract } from './iam-contract.js';
import { lambdaContract } from './lambda-contract.js';
import { logsContract } from './logs-contract.js';
import { policyContract } from './policy-contract.js';
import { s3Contract } from './s3-contract.js';
import { secretsContract } from './secrets-contract.js';
import { settingsContract } from './settings-contract.js';
import { stsContract } from './sts-contract.js';
import { tagsContract } from './tags-contract.js';
import type { MakeTarget, Target } from './target.js';
import { versionsContract } from './versions-contract.js';

/** The behaviour of AWS that the local AWS must implement, as far as moto implements it too: one suite for both. */
export function contract(name: string, makeTarget: MakeTarget): void {
  describe(name, () => {
    let target: Target | undefined;
    const started = (): Target => {
      if (target === undefined) throw new Error(`${name} was not started`);
      return target;
    };
    const clients = (): Clients => started().clients;
    beforeAll(async () => {
      target = await makeTarget();
    });
    afterAll(async () => {
      await target?.stop();
    });

    describe('IAM', () => iamContract(clients));
    describe('IAM credentials', () => credentialsContract(clients));
    describe('IAM policies', () => policyContract(clients));
    describe('IAM and STS, account', () => accountContract(clients));
    describe('STS, roles', () => stsContract(started));
    describe('S3', () => s3Contract(clients));
    describe('S3, bucket settings', () => bucketContract(clients));
    describe('S3, versions', () => versionsContract(clients));
    describe('S3, tags of objects', () => tagsContract(clients));
    describe('A deployer', () => deployerContract(started));
    describe('Lambda', () => lambdaContract(clients));
    describe('CloudWatch Logs', () => logsContract(clients));
    describe('Secrets Manager', () => secretsContract(clients));
    describe('The settings of functions', () => settingsContract(started));
  });
}
