/** The kinds of error that the plugin knows; what is none of them is status 500. */
const STATUS = {
  'invalid input': 400,
  unauthorized: 401,
  forbidden: 403,
  'not found': 404,
} as const;

/**
 * An error as the plugin answers it: the body is the message, in plain text, and the message ends with the kind.
 */
export class PluginError extends Error {
  readonly status: number;

  constructor(message: string, kind?: keyof typeof STATUS) {
    super(kind === undefined ? message : `${message}: ${kind}`);
    this.name = 'PluginError';
    this.status = kind === undefined ? 500 : STATUS[kind];
  }
}
