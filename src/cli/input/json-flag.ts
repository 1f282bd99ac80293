import type { Format } from '../render/json.js';

/** The flag of commands that print their result as JSON. */
export interface JsonFlag {
  json?: boolean;
}

export function readFormat({ json = false }: JsonFlag): Format {
  return json ? 'json' : 'text';
}
