/** Something that could not be found out, and why. */
export interface UnknownPart {
  readonly problem: string;
  readonly hint: string | undefined;
}

/** Whether a part could not be found out. */
export function isUnknown(part: unknown): part is UnknownPart {
  return typeof part === 'object' && part !== null && 'problem' in part;
}
