/** The resources that `init` checks, and which of them it may create. */
export interface InitSettings {
  readonly region: string;
  readonly userName: string;
  readonly groupName: string;
  readonly policyName: string;
  readonly executionRoleName: string;
  /** Whether to create missing resources and fix misconfigured ones; both are errors without it. */
  readonly create: boolean;
  readonly createAccessKey: boolean;
  /** The ARN of the permissions boundary of a user and a role that are created. */
  readonly permissionsBoundary: string | undefined;
}
