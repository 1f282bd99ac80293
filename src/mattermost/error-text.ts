import * as z from 'zod/mini';

/** The limit for the text of an error in a message: enough for several problems of a manifest. */
const MAX_REASON_CHARACTERS = 1_500;
/** The limit for any other text from outside in a message. */
const MAX_TEXT_CHARACTERS = 200;

const appErrorSchema = z.object({ message: z.string() });

/**
 * Reads the body of an error response: plain text from the Apps plugin, JSON from the server itself.
 *
 * @returns one line of limited length without control characters; empty for a web page
 */
export function parseReason(body: string): string {
  const text = findAppError(body) ?? body;
  if (isWebPage(text)) return '';
  return truncate(joinLines(text), MAX_REASON_CHARACTERS);
}

/**
 * Reads the body of an error response of the server itself.
 *
 * @returns one line of limited length without control characters; undefined if it is not of the server
 */
export function parseAppError(body: string): string | undefined {
  const message = findAppError(body);
  return message === undefined ? undefined : oneLine(message);
}

function findAppError(body: string): string | undefined {
  const appError = appErrorSchema.safeParse(parseJson(body));
  return appError.success ? appError.data.message : undefined;
}

export function isWebPage(text: string): boolean {
  return /^\s*</.test(text);
}

/** Converts text from outside to one line of limited length without control characters. */
export function oneLine(text: string): string {
  return truncate(joinLines(text), MAX_TEXT_CHARACTERS);
}

/** @returns undefined when the text is not JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Joins the lines of an error. The plugin writes each problem of a list on a line that begins with a tab and an
 * asterisk; the AWS SDK that it uses writes details on separate lines.
 */
function joinLines(text: string): string {
  const lines = text.split(/[\p{Cc}\p{Zl}\p{Zp}]+/u).map((line) => line.trim());
  let joined = '';
  let isInList = false;
  for (const line of lines.filter((candidate) => candidate !== '')) {
    const item = line.startsWith('* ') ? line.slice(2) : undefined;
    if (joined === '') joined = item ?? line;
    else if (item !== undefined) joined += `${isInList ? ';' : ''} ${item}`;
    else joined += /^[:;,.)}\]]/.test(line) ? line : `${/[:;,({[]$/.test(joined) ? '' : ','} ${line}`;
    isInList = item !== undefined;
  }
  return joined;
}

/** Truncates text, after a whole problem if it lists several. */
function truncate(text: string, length: number): string {
  if (text.length <= length) return text;
  const lastProblem = text.lastIndexOf('; ', length);
  const end = lastProblem > 0 ? lastProblem + 1 : length;
  // Removes half of a surrogate pair.
  return `${text.slice(0, end).replace(/[\ud800-\udbff]$/, '')} …`;
}
