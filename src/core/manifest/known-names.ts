/** The names that the Mattermost server knows in manifests. */

/** Source: apps/permissions.go of the Mattermost Apps plugin 1.2 */
export const PERMISSIONS: readonly string[] = [
  'act_as_bot',
  'act_as_user',
  'remote_oauth2',
  'remote_webhooks',
  'user_joined_channel_notification',
];

/** The first segments of locations. Source: apps/locations.go of the Mattermost Apps plugin 1.2 */
export const LOCATIONS: readonly string[] = ['/post_menu', '/channel_header', '/command', '/in_post'];

/** `jwt` has a name in apps/manifest.go, but server/proxy/invoke_webhook.go refuses it. */
export const WEBHOOK_AUTH_TYPES: readonly string[] = ['none', 'secret'];

export const EXPAND_LEVELS: readonly string[] = ['id', 'summary', 'all'];
