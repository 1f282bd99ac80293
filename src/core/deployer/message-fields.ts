import { markdownText } from './markdown-text.js';

/** A field of a message in Mattermost. */
export interface Field {
  readonly title: string;
  readonly value: string;
  /** Whether two fit into a row. */
  readonly short: boolean;
}

/** The most characters of values that need no limit of their own, and of a line of a list. */
const MAX_VALUE = 100;
const MAX_LINE = 200;

export function short(title: string, value: string, limit: number = MAX_VALUE): Field {
  return { title, value: markdownText(value, limit), short: true };
}

export function long(title: string, value: string, limit: number = MAX_VALUE): Field {
  return { title, value: markdownText(value, limit), short: false };
}

/**
 * A list in Markdown.
 *
 * @param max the most texts
 * @param room the most characters of the list; it is empty if not even one line fits
 */
export function joinLines(texts: readonly string[], max: number, room: number): string {
  const lines: string[] = [];
  let left = room - `\n- and ${texts.length} more`.length;
  for (const text of texts.slice(0, max)) {
    const line = `- ${markdownText(text, MAX_LINE)}`;
    left -= line.length + 1;
    if (left < 0) break;
    lines.push(line);
  }
  const more = texts.length - lines.length;
  if (more > 0 && lines.length > 0) lines.push(`- and ${more} more`);
  return lines.join('\n');
}
