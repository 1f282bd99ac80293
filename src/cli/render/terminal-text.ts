/**
 * Escapes text for a terminal: control characters (escape sequences, line breaks) and invisible format characters
 * (right-to-left overrides) become visible escapes, which JSON has too.
 */
export function terminalText(text: string): string {
  // The fast path: most lines are plain ASCII.
  if (/^[ -~]*$/.test(text)) return text;
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) =>
    char
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
