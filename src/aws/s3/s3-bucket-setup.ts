import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  GetBucketEncryptionCommand,
  GetBucketPolicyCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { isAccountBucket } from '../../core/aws/account-bucket.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { tlsOnlyBucketPolicy } from '../../core/policy/policy-templates.js';
import type { BucketSetup, NewBucket } from '../../core/ports/s3.js';
import { httpStatus, isAwsError } from '../client/aws-error.js';
import type { AwsConnection } from '../client/connection.js';
import { retryUntilConsistent, retryWhileBeingChanged } from '../client/consistency.js';
import { addCleanupRules, hasCleanupRules } from './cleanup-rules.js';
import { S3Bucket } from './s3-bucket.js';

/** The only region that CreateBucket does not accept as a location constraint. */
const REGION_WITHOUT_CONSTRAINT = 'us-east-1';

const ALL_BLOCKED = {
  BlockPublicAcls: true,
  BlockPublicPolicy: true,
  IgnorePublicAcls: true,
  RestrictPublicBuckets: true,
};

/** Finds, creates and secures an S3 bucket. */
export class S3BucketSetup implements BucketSetup {
  private readonly bucket: S3Bucket;
  private readonly params: { readonly Bucket: string };

  /** @param owner the id of the account that the bucket must belong to */
  constructor(
    private readonly connection: AwsConnection,
    readonly name: string,
    private readonly owner: string,
  ) {
    this.bucket = new S3Bucket(connection, name, owner);
    this.params = { Bucket: name };
  }

  exists(): Promise<boolean> {
    return this.bucket.request(`look up bucket ${this.name}`, async () => {
      try {
        await this.bucket.client.send(new HeadBucketCommand(this.params));
        return true;
      } catch (error) {
        const status = httpStatus(error);
        if (status === 404) return false;
        if (status === 403) throw this.notOwned(error);
        throw error;
      }
    });
  }

  async create(settings: NewBucket): Promise<void> {
    const { region } = this.connection;
    const Tags = Object.entries(settings.tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
    const configuration = {
      ...(region !== REGION_WITHOUT_CONSTRAINT && { LocationConstraint: region as BucketLocationConstraint }),
      ...(Tags.length > 0 && { Tags }),
    };
    await this.bucket.request(`create bucket ${this.name}`, async () => {
      const command = new CreateBucketCommand({
        ...this.params,
        ...(isAccountBucket(this.name, this.owner, region) && { BucketNamespace: 'account-regional' }),
        ...(Object.keys(configuration).length > 0 && { CreateBucketConfiguration: configuration }),
      });
      try {
        await retryWhileBeingChanged(this.connection, `bucket ${this.name}`, () =>
          this.bucket.client.send(command),
        );
      } catch (error) {
        if (isAwsError(error, 'BucketAlreadyExists')) throw this.notOwned(error);
        // Created by an attempt whose response was lost, or by another client of the account.
        if (!isAwsError(error, 'BucketAlreadyOwnedByYou')) throw error;
      }
    });
    await this.secure(settings);
  }

  isPartiallyCreated(): Promise<boolean> {
    return this.bucket.request(`look up the policy of bucket ${this.name}`, async () => {
      if (await this.hasPolicy()) return false;
      const { KeyCount } = await this.bucket.client.send(
        new ListObjectsV2Command({ ...this.params, MaxKeys: 1 }),
      );
      return KeyCount === 0;
    });
  }

  /** The bucket policy comes last: it shows that the rest is done. */
  async secure({ partition, kmsKey }: NewBucket): Promise<void> {
    if (kmsKey !== undefined) await this.encrypt(kmsKey);
    await this.bucket.request(`block public access to bucket ${this.name}`, () => this.blockPublicAccess());
    await this.bucket.request(`restrict bucket ${this.name} to TLS`, async () => {
      // Another client may have created the bucket a moment ago and set a policy.
      if (await this.whenCreated(() => this.hasPolicy())) return;
      const Policy = JSON.stringify(tlsOnlyBucketPolicy(this.name, partition));
      const isReadable = this.connection.endpoints.s3?.startsWith('http:') && (await this.isReadable());
      await this.whenCreated(() =>
        this.bucket.client.send(new PutBucketPolicyCommand({ ...this.params, Policy })),
      );
      // The policy denies access through an endpoint without TLS: remove it again.
      if (isReadable === true && !(await this.isReadable())) {
        await this.bucket.client.send(new DeleteBucketPolicyCommand(this.params));
        const message = `bucket ${this.name} does not require TLS, because the endpoint does not support it`;
        this.connection.onEvent({ type: 'warning', message });
      }
    });
  }

  hasCleanupRules(): Promise<boolean | undefined> {
    return hasCleanupRules(this.bucket);
  }

  encryptionKey(): Promise<string | undefined> {
    return this.bucket.request(`look up the encryption of bucket ${this.name}`, async () => {
      try {
        const { ServerSideEncryptionConfiguration: encryption } = await this.bucket.client.send(
          new GetBucketEncryptionCommand(this.params),
        );
        const [rule] = encryption?.Rules ?? [];
        return rule?.ApplyServerSideEncryptionByDefault?.KMSMasterKeyID;
      } catch (error) {
        const isUnknown = isAwsError(error, 'ServerSideEncryptionConfigurationNotFoundError');
        if (isUnknown || httpStatus(error) === 403) return undefined;
        throw error;
      }
    });
  }

  addCleanupRules(): Promise<boolean> {
    return addCleanupRules(this.bucket);
  }

  private async encrypt(KMSMasterKeyID: string): Promise<void> {
    const ApplyServerSideEncryptionByDefault = { SSEAlgorithm: 'aws:kms', KMSMasterKeyID } as const;
    // One request to KMS for many objects.
    const Rules = [{ ApplyServerSideEncryptionByDefault, BucketKeyEnabled: true }];
    await this.bucket.request(`encrypt bucket ${this.name} with ${KMSMasterKeyID}`, () =>
      this.whenCreated(() =>
        this.bucket.client.send(
          new PutBucketEncryptionCommand({ ...this.params, ServerSideEncryptionConfiguration: { Rules } }),
        ),
      ),
    );
  }

  /** Reads before writing: new buckets block public access by default, and an organization may deny changes of it. */
  private async blockPublicAccess(): Promise<void> {
    if (await this.isPublicAccessBlocked()) return;
    await this.whenCreated(() =>
      this.bucket.client.send(
        new PutPublicAccessBlockCommand({ ...this.params, PublicAccessBlockConfiguration: ALL_BLOCKED }),
      ),
    );
  }

  private async isPublicAccessBlocked(): Promise<boolean> {
    try {
      const { PublicAccessBlockConfiguration: block } = await this.whenCreated(() =>
        this.bucket.client.send(new GetPublicAccessBlockCommand(this.params)),
      );
      return Object.keys(ALL_BLOCKED).every((name) => block?.[name as keyof typeof ALL_BLOCKED] === true);
    } catch (error) {
      if (isAwsError(error, 'NoSuchPublicAccessBlockConfiguration') || httpStatus(error) === 403)
        return false;
      throw error;
    }
  }

  private async hasPolicy(): Promise<boolean> {
    try {
      await this.bucket.client.send(new GetBucketPolicyCommand(this.params));
      return true;
    } catch (error) {
      if (isAwsError(error, 'NoSuchBucketPolicy')) return false;
      throw error;
    }
  }

  private async isReadable(): Promise<boolean> {
    try {
      await this.bucket.client.send(new HeadObjectCommand(this.bucket.objectParams('manifests/')));
      return true;
    } catch (error) {
      return httpStatus(error) !== 403;
    }
  }

  private whenCreated<T>(send: () => Promise<T>): Promise<T> {
    return retryUntilConsistent(this.connection, `bucket ${this.name}`, send);
  }

  private notOwned(cause: unknown): AppsctlError {
    const message = `bucket ${this.name} exists, but belongs to another AWS account, or you are not allowed to list it`;
    return new AppsctlError('ACCESS_DENIED', message, {
      hint: ({ bucket }) =>
        `choose another name for ${bucket}, or grant s3:ListBucket to ${this.connection.credentialsOwner}`,
      cause,
    });
  }
}
