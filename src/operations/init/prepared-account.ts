import type { NewAccessKey } from '../../core/ports/iam.js';

/** An account that is ready for deployments. */
export interface PreparedAccount {
  readonly region: string;
  readonly userArn: string;
  readonly groupArn: string;
  readonly policyArn: string;
  readonly executionRoleArn: string;
  /** The access keys that the user had before; undefined when the deploy key is not allowed to list them. */
  readonly existingAccessKeyIds: readonly string[] | undefined;
  /** The new access key, if one was requested; its secret cannot be read again. */
  readonly accessKey: NewAccessKey | undefined;
  /** The access keys that were made inactive. */
  readonly disabledAccessKeyIds: readonly string[];
  readonly deletedAccessKeyIds: readonly string[];
}

/** An account that is ready for deployments, when its new access key has just been created. */
export interface NewKeyAccount
  extends Omit<PreparedAccount, 'accessKey' | 'disabledAccessKeyIds' | 'deletedAccessKeyIds'> {
  readonly accessKey: NewAccessKey;
}

/** What happened to the access keys of the server's user. */
export type ChangedAccessKeys = Pick<
  PreparedAccount,
  'accessKey' | 'disabledAccessKeyIds' | 'deletedAccessKeyIds'
>;
