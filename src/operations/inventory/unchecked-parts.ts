import { AppsctlError } from '../../core/diagnostics/error.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import { INVENTORY_PARTS, type InventoryPart, type UncheckedPart } from '../../core/inventory/unchecked.js';

/** Collects the parts of a report that cannot be read. */
export class UncheckedParts {
  private readonly found = new Map<InventoryPart, { count: number; readonly error: AppsctlError }>();

  /** @param vocabulary the caller's names of options and commands, for hints */
  constructor(private readonly vocabulary: Vocabulary) {}

  get all(): UncheckedPart[] {
    return INVENTORY_PARTS.flatMap((part) => {
      const entry = this.found.get(part);
      if (entry === undefined) return [];
      const { count, error } = entry;
      const { code, message } = error;
      return [{ part, count, code, message, hint: error.hintIn(this.vocabulary) }];
    });
  }

  /** The first error of a part. */
  errorOf(part: InventoryPart): AppsctlError | undefined {
    return this.found.get(part)?.error;
  }

  /** Reads a part. Resolves to undefined without permission, and notes that. */
  unlessDenied<T>(part: InventoryPart, reading: Promise<T>): Promise<T | undefined> {
    return this.unless(part, reading, ({ code }) => code === 'ACCESS_DENIED');
  }

  /** Reads a part that the others do not depend on. Resolves to undefined when it fails, and notes that. */
  unlessFailed<T>(part: InventoryPart, reading: Promise<T>): Promise<T | undefined> {
    return this.unless(part, reading, ({ code }) => code !== 'INTERRUPTED');
  }

  private async unless<T>(
    part: InventoryPart,
    reading: Promise<T>,
    isForgiven: (error: AppsctlError) => boolean,
  ): Promise<T | undefined> {
    try {
      return await reading;
    } catch (error) {
      if (!AppsctlError.is(error) || !isForgiven(error)) throw error;
      const entry = this.found.get(part) ?? { count: 0, error };
      entry.count++;
      this.found.set(part, entry);
      return undefined;
    }
  }
}
