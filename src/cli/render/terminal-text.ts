/**
 * Makes text from outside safe for a terminal: control characters (escape sequences, line breaks) and invisible
 * format characters (right-to-left overrides) become visible escapes, which are also those of JSON.
 */
export function terminalText(text: string): string {
  // Most lines are plain; to find nothing in them with the long expression takes far longer.
  if (/^[ -~]*$/.test(text)) return text;
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) =>
    char
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
