/** The default names of AWS resources, which are those of the Go tool. */
export const DEFAULT_NAMES = {
  user: 'mattermost-apps-invoke',
  group: 'mattermost-apps-invoke-group',
  policy: 'mattermost-apps-invoke-policy',
  executionRole: 'mattermost-apps-execute-lambda-role',
} as const;

/** The app that `aws test` uses. */
export const EXAMPLE_APP = {
  id: 'hello-serverless',
  version: 'v1.2.0',
  function: 'hello-serverless',
} as const;
