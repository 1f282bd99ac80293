import { CreateBucketCommand, GetObjectTaggingCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { S3BundleBucket } from '../../src/aws/s3/bundle-bucket.js';
import { S3Objects } from '../../src/aws/s3/s3-objects.js';
import { tagDeployed } from '../../src/core/deployer/bundle-state.js';
import { tagUpload } from '../../src/operations/deployer/tag-upload.js';
import { acquireLease } from '../../src/operations/locks/lease.js';
import { connectionTo } from '../support/connection.js';
import { appBundle } from '../support/deployer.js';
import { FakeClock } from '../support/fake-clock.js';
import { machine, waitContext } from '../support/memory-ports.js';
import { runInProcess } from '../support/run-in-process.js';
import { freshName, type Target } from './target.js';

const KEY = 'team a/app+1 é.zip';
const CLAIM = { run: 'run', since: '2026-11-29T01:00:00.000Z' };

/** What a deployer does with an AWS: its tags, its lease, and a pass. */
export function deployerContract(target: () => Target): void {
  async function newBucket(): Promise<string> {
    const Bucket = freshName('bucket');
    await target().clients.s3.send(new CreateBucketCommand({ Bucket }));
    return Bucket;
  }

  async function upload(Bucket: string, Body: Uint8Array | string, Tagging?: string): Promise<void> {
    await target().clients.s3.send(new PutObjectCommand({ Bucket, Key: KEY, Body, Tagging }));
  }

  async function readTags(Bucket: string): Promise<Record<string, string>> {
    const { TagSet = [] } = await target().clients.s3.send(new GetObjectTaggingCommand({ Bucket, Key: KEY }));
    return Object.fromEntries(TagSet.map(({ Key: name = '', Value = '' }) => [name, Value]));
  }

  it('keeps the tags of others, and tags no other upload', async () => {
    const name = await newBucket();
    await upload(name, 'first', 'team=a&cost+center=7');
    const bundles = new S3BundleBucket(connectionTo(target().aws).connection, name, undefined);
    const etag = (await bundles.currentEtag(KEY)) ?? '';
    const tag = (environment: string) =>
      tagUpload({ bundles, clock: new FakeClock() }, { key: KEY, etag, versionId: undefined }, (tags) =>
        tagDeployed(tags, environment),
      );
    expect([await tag('one'), await tag('two')]).toEqual(['tagged', 'tagged']);
    expect(await readTags(name)).toEqual({
      ...{ team: 'a', 'cost center': '7' },
      ...{ deployed_one: 'true', deployed_two: 'true' },
    });
    await upload(name, 'second');
    expect(await tag('three')).toBe('replaced');
    expect(await readTags(name)).toEqual({});
  });

  it('gives the lease to one only, and the next one gets it after that', async () => {
    const { connection } = connectionTo(target().aws);
    const store = new S3Objects(connection, await newBucket(), '123456789012');
    const context = { ...waitContext(), store, clock: new FakeClock(100), process: machine('here', 1) };
    const acquire = () => acquireLease(context, 'locks/lease.json', CLAIM);
    const results = await Promise.all([acquire(), acquire(), acquire()]);
    const held = results.flatMap(({ lease }) => lease ?? []);
    expect(held).toHaveLength(1);
    expect((await acquire()).heldBy).toMatchObject(CLAIM);
    await held[0]?.release();
    const { lease } = await acquire();
    expect(lease).toBeDefined();
    await lease?.release();
  });

  it('gets the bundles deployed', async () => {
    const { endpoint, region, admin } = target().aws;
    const [apps, bundles] = [freshName('apps'), await newBucket()];
    const names = ['role', 'policy', 'user', 'group'].map((what) => freshName(what));
    const env = {
      AWS_ENDPOINT_URL: endpoint,
      MM_APPS_AWS_REGION: region,
      MM_APPS_S3_BUCKET: apps,
      MM_APPS_DEPLOY_AWS_ACCESS_KEY: admin.accessKeyId,
      MM_APPS_DEPLOY_AWS_SECRET_KEY: admin.secretAccessKey,
      MM_APPS_BUNDLE_BUCKET: bundles,
      MM_APPS_ENVIRONMENT: 'staging',
    };
    const run = (...args: readonly string[]) =>
      runInProcess(['aws', ...args], env, { clock: new FakeClock(100) });
    const [role = '', policy = '', user = '', group = ''] = names;
    const init = ['--user', user, '--group', group, '--policy', policy, '--execute-role', role];
    expect(await run('init', '--create', ...init)).toMatchObject({ code: 0 });
    await upload(bundles, await appBundle('com.example.app'), 'team=a');
    const deploy = () => run('deployer', 'run', '--policy', policy, '--execute-role', role);
    expect(await deploy()).toMatchObject({ code: 0, stdout: expect.stringMatching(/^1 deployed, 0 failed/) });
    expect(await readTags(bundles)).toEqual({ team: 'a', deployed_staging: 'true' });
    expect(await deploy()).toMatchObject({ code: 0, stdout: expect.stringMatching(/^0 deployed, 0 failed/) });
  });
}
