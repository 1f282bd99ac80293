import * as z from 'zod/mini';

/** Characters of an error's text that a message repeats: enough for several problems of a manifest. */
const MAX_REASON_CHARACTERS = 1_500;
/** Characters of any other text from outside that a message repeats. */
const MAX_TEXT_CHARACTERS = 200;

const appErrorSchema = z.object({ message: z.string() });

/**
 * What the body of an error says, as one line: plain text from the Apps plugin, JSON from the server itself.
 *
 * @returns the text, safe and of limited length; empty when the body says nothing, or is a web page
 */
export function parseReason(body: string): string {
  const appError = appErrorSchema.safeParse(parseJson(body));
  const text = appError.success ? appError.data.message : body;
  if (/^\s*</.test(text)) return '';
  return cut(joinLines(text), MAX_REASON_CHARACTERS);
}

/** Text from outside as one line of limited length. */
export function oneLine(text: string): string {
  return cut(joinLines(text), MAX_TEXT_CHARACTERS);
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
 * Joins the lines of an error. The plugin writes a list of problems with a line for each, after a tab and an asterisk;
 * the AWS SDK that it uses puts details into lines of their own.
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

/** Ends long text with a whole problem, if it lists several. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const lastProblem = text.lastIndexOf('; ', length);
  const end = lastProblem > 0 ? lastProblem + 1 : length;
  // Half a character must not be left.
  return `${text.slice(0, end).replace(/[\ud800-\udbff]$/, '')} …`;
}
