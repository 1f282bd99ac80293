/** How much a finding matters: an error forbids the deployment, a warning may be wanted, a note informs. */
export type Severity = 'error' | 'warning' | 'note';

/** One thing found in a bundle. */
export interface Finding {
  readonly severity: Severity;
  /** Where: an entry's name, or a location in the manifest such as `aws_lambda.functions[0].name`. */
  readonly location: string;
  /** What is wrong there. */
  readonly message: string;
  /** What to write instead. */
  readonly fix?: string | undefined;
}

/** Collects findings; one is handed through a check, so that all problems are told at once. */
export class Findings {
  readonly all: Finding[] = [];

  error(location: string, message: string, fix?: string): void {
    this.all.push({ severity: 'error', location, message, fix });
  }

  warning(location: string, message: string, fix?: string): void {
    this.all.push({ severity: 'warning', location, message, fix });
  }

  note(location: string, message: string, fix?: string): void {
    this.all.push({ severity: 'note', location, message, fix });
  }

  /** Takes over what was found elsewhere, however much that is. */
  add(findings: readonly Finding[]): void {
    for (const finding of findings) this.all.push(finding);
  }

  get errors(): Finding[] {
    return this.all.filter((finding) => finding.severity === 'error');
  }
}
