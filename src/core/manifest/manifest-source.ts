import type { Finding } from '../diagnostics/findings.js';
import { findSimilar } from '../did-you-mean.js';

/** A key of the manifest that the server ignores. */
export interface UnknownField {
  /** The object that contains it, such as `aws_lambda.functions[0]`; empty for the manifest itself. */
  readonly parent: string;
  readonly key: string;
  /** The keys that the object may have. */
  readonly known: readonly string[];
}

/** What the file of a manifest has, and its decoded form does not show. */
export class ManifestSource {
  readonly unknownFields: UnknownField[] = [];
  /** The locations of values that have a wrong type, and so are empty in the decoded manifest. */
  readonly wrongTypes = new Set<string>();

  /** The findings that are not only the consequence of a value with a wrong type, such as that it is missing. */
  withoutConsequences(findings: readonly Finding[]): readonly Finding[] {
    return findings.filter(({ location }) => !this.isUnknown(location));
  }

  /** Whether a value is not known because it has a wrong type, or is in a value that has. */
  isUnknown(location: string): boolean {
    if (this.wrongTypes.has(location)) return true;
    for (let end = location.length - 1; end > 0; end--) {
      const isEnd = location[end] === '.' || location[end] === '[';
      if (isEnd && this.wrongTypes.has(location.slice(0, end))) return true;
    }
    return false;
  }

  /** The key at the root of the manifest that was probably meant to be a field which is missing. */
  findTypo(field: string): string | undefined {
    return this.unknownFields.find(({ parent, key }) => parent === '' && findSimilar(key, [field]) === field)
      ?.key;
  }
}
