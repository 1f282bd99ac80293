import type { PolicyDocument } from './policy-document.js';

/** An IAM role. */
export interface Role {
  readonly arn: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Who may assume it; undefined when it cannot be understood. */
  readonly trustPolicy: PolicyDocument | undefined;
}
