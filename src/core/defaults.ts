/** The default names of AWS resources, which are those of the Go tool. */
export const DEFAULT_NAMES = {
  user: 'mattermost-apps-invoke',
  group: 'mattermost-apps-invoke-group',
  policy: 'mattermost-apps-invoke-policy',
  executionRole: 'mattermost-apps-execute-lambda-role',
} as const;

/** The names of what `init` makes in IAM. */
export interface IamNames {
  /** The user whose access key the server uses. */
  readonly userName: string;
  /** The group through which the user gets the policy. */
  readonly groupName: string;
  /** The invoke policy. */
  readonly policyName: string;
  readonly executionRoleName: string;
}

/** The app that `aws test` uses. */
export const EXAMPLE_APP = {
  id: 'hello-serverless',
  version: 'v1.2.0',
  function: 'hello-serverless',
} as const;
