import type { Severity } from './rules/rule-info.js';
import type { Rule } from './rules.js';
import { type Hint, hintText, LIBRARY_VOCABULARY, type Vocabulary } from './vocabulary.js';

export type { Severity };

/** One problem found in a bundle. */
export interface Finding {
  readonly rule: Rule;
  readonly severity: Severity;
  /**
   * Where it is: a path in the manifest (`aws_lambda.functions[0].name`), an entry of the bundle (`static/icon.png`), an
   * entry of a function archive (`hello.zip: index.js`), a file of the folder that is packaged (`hello/.npmrc`), or the
   * name of the bundle or folder for what is about all of it.
   */
  readonly location: string;
  /** What is wrong there. */
  readonly message: string;
  /** How to fix it. */
  readonly fix?: string | undefined;
}

/**
 * Where a finding is, for people.
 *
 * @param file the bundle or the app's folder; the current folder goes without saying
 * @returns text that ends with a colon and a space, or nothing
 */
export function locationPrefix(file: string, location: string): string {
  const parts = location === file ? [file] : [file, location];
  return parts
    .filter((part) => part !== '.')
    .map((part) => `${part}: `)
    .join('');
}

/** Collects findings. It is passed through the checks, so that all problems are reported together. */
export class Findings {
  readonly all: Finding[] = [];

  /** @param vocabulary the names of options and commands */
  constructor(private readonly vocabulary: Vocabulary = LIBRARY_VOCABULARY) {}

  error(rule: Rule, location: string, message: string, fix?: Hint): void {
    this.push(rule, 'error', location, message, fix);
  }

  warning(rule: Rule, location: string, message: string, fix?: Hint): void {
    this.push(rule, 'warning', location, message, fix);
  }

  note(rule: Rule, location: string, message: string, fix?: Hint): void {
    this.push(rule, 'note', location, message, fix);
  }

  /** Adds findings of another check. A loop, because a call has a limited number of arguments. */
  add(findings: readonly Finding[]): void {
    for (const finding of findings) this.all.push(finding);
  }

  get errors(): Finding[] {
    return this.all.filter(({ severity }) => severity === 'error');
  }

  get hasErrors(): boolean {
    return this.all.some(({ severity }) => severity === 'error');
  }

  /** Whether there is an error at a location. */
  hasErrorAt(location: string): boolean {
    return this.all.some((finding) => finding.severity === 'error' && finding.location === location);
  }

  private push(rule: Rule, severity: Severity, location: string, message: string, fix?: Hint): void {
    this.all.push({ rule, severity, location, message, fix: hintText(fix, this.vocabulary) });
  }
}
