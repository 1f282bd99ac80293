/** A placeholder such as `${NAME}`, or the escape `$${`. */
const PLACEHOLDER = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Explains what is wrong with the placeholders of a text; undefined if they are valid. */
export function placeholderProblem(text: string): string | undefined {
  if (!text.replace(PLACEHOLDER, '').includes('${')) return undefined;
  return 'has a placeholder that is not of the form ${NAME}; write $${ for the text ${';
}

/**
 * Replaces placeholders such as `${NAME}` with the values of variables; `$${` stands for the text `${`.
 *
 * @param variables the values by name
 * @param onMissing called with the name of each variable that is not set; its placeholder becomes empty
 */
export function fillPlaceholders(
  text: string,
  variables: Readonly<Record<string, string | undefined>>,
  onMissing: (name: string) => void,
): string {
  return text.replace(PLACEHOLDER, (_, name: string | undefined) => {
    if (name === undefined) return '${';
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value === undefined) onMissing(name);
    return value ?? '';
  });
}
