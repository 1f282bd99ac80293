import type { PolicyDocument } from './policy-document.js';

/** An IAM role. */
export interface Role {
  readonly arn: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Who can assume it; undefined when it is not a valid policy document. */
  readonly trustPolicy: PolicyDocument | undefined;
}
