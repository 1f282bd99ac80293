/** An AWS access key, with a session token if it is temporary. */
export interface AwsAccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When a temporary key expires. A provider that returns a key without it is called only once. */
  readonly expiration?: Date;
}
