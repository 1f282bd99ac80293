import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  GetBucketPolicyCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { AppsctlError } from '../core/errors.js';
import { tlsOnlyBucketPolicy } from '../core/policy.js';
import { type AwsError, isAwsError, statusOf } from './errors.js';
import { S3Requests } from './s3-requests.js';
import { whenSettled } from './waiting.js';

/** The one region that CreateBucket must not be told. */
const REGION_WITHOUT_CONSTRAINT = 'us-east-1';

/** How a bucket is found, created and protected. */
export abstract class BucketSetup extends S3Requests {
  exists(): Promise<boolean> {
    return this.request(`look up bucket ${this.name}`, async () => {
      try {
        await this.client.send(new HeadBucketCommand({ Bucket: this.name }));
        return true;
      } catch (error) {
        const status = statusOf(error);
        if (status === 404) return false;
        // A wrong region is 400 too, and so is an expired token; without a body, only this header tells them apart.
        const region = (error as AwsError).$response?.headers?.['x-amz-bucket-region'];
        const isElsewhere = region !== undefined && region !== this.connection.region;
        if (status === 301 || (status === 400 && isElsewhere)) throw this.otherRegion(error as AwsError);
        if (status === 400) {
          throw new AppsctlError(
            'SERVICE',
            `cannot look up bucket ${this.name}: AWS answers 400 Bad Request`,
            {
              hint: `check ${this.connection.credentialsSource}: a token may have expired`,
              cause: error,
            },
          );
        }
        throw error;
      }
    });
  }

  async create(partition: string): Promise<void> {
    const { region } = this.connection;
    const bucket = { Bucket: this.name };
    await this.request(`create bucket ${this.name}`, async () => {
      try {
        await this.client.send(
          new CreateBucketCommand({
            ...bucket,
            ...(region !== REGION_WITHOUT_CONSTRAINT && {
              CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint },
            }),
          }),
        );
      } catch (error) {
        // The answer to our own request was lost, or somebody else of the account was faster.
        if (!isAwsError(error, 'BucketAlreadyOwnedByYou')) throw error;
      }
    });
    await this.protect(partition);
  }

  isUnfinished(): Promise<boolean> {
    return this.request(`look up the policy of bucket ${this.name}`, async () => {
      try {
        await this.client.send(new GetBucketPolicyCommand({ Bucket: this.name }));
        return false;
      } catch (error) {
        if (!isAwsError(error, 'NoSuchBucketPolicy')) throw error;
        const { KeyCount } = await this.client.send(
          new ListObjectsV2Command({ Bucket: this.name, MaxKeys: 1 }),
        );
        return KeyCount === 0;
      }
    });
  }

  async protect(partition: string): Promise<void> {
    const bucket = { Bucket: this.name };
    await this.request(`block public access to bucket ${this.name}`, () =>
      whenSettled(this.connection, `bucket ${this.name}`, () =>
        this.client.send(
          new PutPublicAccessBlockCommand({
            ...bucket,
            PublicAccessBlockConfiguration: {
              BlockPublicAcls: true,
              BlockPublicPolicy: true,
              IgnorePublicAcls: true,
              RestrictPublicBuckets: true,
            },
          }),
        ),
      ),
    );
    const Policy = JSON.stringify(tlsOnlyBucketPolicy(this.name, partition));
    await this.request(`restrict bucket ${this.name} to TLS`, async () => {
      await whenSettled(this.connection, `bucket ${this.name}`, () =>
        this.client.send(new PutBucketPolicyCommand({ ...bucket, Policy })),
      );
      if (this.connection.endpoints.s3?.startsWith('http:') && (await this.isShutOut())) {
        await this.client.send(new DeleteBucketPolicyCommand(bucket));
        const reason = `bucket ${this.name} does not require TLS, because the endpoint has none`;
        this.connection.onEvent({ type: 'warning', message: reason });
      }
    });
  }

  /** Whether the bucket refuses us since it requires TLS: so do stand-ins for AWS that are reached without it. */
  private async isShutOut(): Promise<boolean> {
    try {
      await this.client.send(new HeadObjectCommand({ Bucket: this.name, Key: 'manifests/' }));
      return false;
    } catch (error) {
      return statusOf(error) === 403;
    }
  }
}
