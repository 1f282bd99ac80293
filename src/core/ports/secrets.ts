/** A secret of AWS Secrets Manager, without its value. */
export interface Secret {
  /** Whether it is scheduled to be deleted. */
  readonly isBeingDeleted: boolean;
  /** The AWS service that manages it, if one does. */
  readonly owner: string | undefined;
  /** The region of the secret that this one replicates; undefined for one that is no replica. */
  readonly primaryRegion: string | undefined;
}

/** Secrets of AWS Secrets Manager. */
export interface SecretService {
  /** Returns undefined when the secret does not exist. */
  find(arn: string): Promise<Secret | undefined>;
  /** Replaces the value of a secret; the one before stays as its previous version. */
  put(arn: string, value: string): Promise<void>;
}
