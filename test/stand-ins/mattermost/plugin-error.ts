/** The kinds of error that the plugin knows; what is none of them is status 500. */
const STATUS = {
  'invalid input': 400,
  unauthorized: 401,
  forbidden: 403,
  'not found': 404,
  'already exists': 500,
} as const;

/**
 * An error as the plugin returns it: the body is the message, in plain text, and the message ends with the kind.
 */
export class PluginError extends Error {
  readonly status: number;

  constructor(
    message: string,
    readonly kind?: keyof typeof STATUS,
  ) {
    super(kind === undefined ? message : `${message}: ${kind}`);
    this.name = 'PluginError';
    this.status = kind === undefined ? 500 : STATUS[kind];
  }
}

/** The same error, with what failed because of it in front. The kind, and so the status, stays. */
export function wrapped(error: unknown, message: string): PluginError {
  if (!(error instanceof PluginError) || error.kind === undefined) {
    return new PluginError(`${message}: ${messageOf(error)}`);
  }
  const inner = error.message.slice(0, -`: ${error.kind}`.length);
  return new PluginError(`${message}: ${inner}`, error.kind);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Several errors as the plugin writes them in one: each in a line of its own, after a tab. */
export function listed(messages: readonly string[]): string {
  const count = messages.length === 1 ? '1 error' : `${messages.length} errors`;
  return `${count} occurred:${messages.map((message) => `\n\t* ${message}`).join('')}\n\n`;
}
