import { InvalidArgumentError } from 'commander';

/**
 * A parser for the value of a flag.
 *
 * @param expected what a valid value is, with its article
 */
export function checkedValue(isValid: (text: string) => boolean, expected: string): (text: string) => string {
  return (text) => {
    if (isValid(text)) return text;
    throw new InvalidArgumentError(`Expected ${expected}.`);
  };
}

/** Takes one more value of a flag that can be repeated. */
export function addValue(text: string, earlier: readonly string[] = []): string[] {
  return [...earlier, text];
}
