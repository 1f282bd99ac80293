/** An error makes the deployment fail, a warning might, a note is for information only. */
export type Severity = 'error' | 'warning' | 'note';

/** What a rule is about. */
export interface RuleInfo {
  /** What a bundle that keeps the rule is like. */
  readonly rule: string;
  /** The severities that its findings have, the most severe first. */
  readonly severities: readonly Severity[];
  /** Why the rule exists: what happens to a bundle that breaks it. */
  readonly reason: string;
  /** How to keep the rule. */
  readonly fix: string;
}
