/**
 * Makes text from outside safe for a terminal: control characters (escape sequences, line breaks) and invisible
 * format characters (right-to-left overrides) become visible escapes.
 */
export function terminalText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);
}
