import type { BundleEntry } from './bundle.js';

/** The archives that end with a name. */
export interface Claim {
  readonly count: number;
  /** The first few of them. */
  readonly first: readonly BundleEntry[];
  has(entry: BundleEntry): boolean;
}

/** As many archives as a claim keeps: a thousand functions that each claim all archives must not fill the memory. */
const KEPT = 5;

/**
 * Archives by how their paths end, extension left out. They are sorted by their paths read backwards, so those with
 * one ending stand side by side: no claim looks at each archive.
 */
export class ArchivesByEnd {
  private readonly sorted: readonly { readonly key: string; readonly entry: BundleEntry }[];
  private readonly positions: ReadonlyMap<BundleEntry, number>;
  /** At each position, by how many more claims it is covered than the one before. */
  private readonly steps: Int32Array;

  constructor(entries: readonly BundleEntry[]) {
    this.sorted = entries
      .map((entry) => ({ key: backwards(`/${entry.name.replace(/\.(?:zip|jar)$/, '')}`), entry }))
      .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    this.positions = new Map(this.sorted.map(({ entry }, index) => [entry, index]));
    this.steps = new Int32Array(entries.length + 1);
  }

  /**
   * Claims the archives that end so.
   *
   * @param ending of a path that begins with a slash
   */
  claim(ending: string): Claim {
    const prefix = backwards(ending);
    const from = this.firstWhere((key) => key >= prefix);
    const to = this.firstWhere((key) => key > prefix && !key.startsWith(prefix));
    this.step(from, 1);
    this.step(to, -1);
    return {
      count: to - from,
      first: this.sorted.slice(from, Math.min(to, from + KEPT)).map(({ entry }) => entry),
      has: (entry) => {
        const position = this.positions.get(entry) ?? -1;
        return from <= position && position < to;
      },
    };
  }

  /** All archives that were claimed. */
  claimed(): ReadonlySet<BundleEntry> {
    const entries = new Set<BundleEntry>();
    let claims = 0;
    for (const [index, { entry }] of this.sorted.entries()) {
      claims += this.steps[index] ?? 0;
      if (claims > 0) entries.add(entry);
    }
    return entries;
  }

  private step(position: number, by: number): void {
    this.steps[position] = (this.steps[position] ?? 0) + by;
  }

  /** The first position where something is true that is true for all later ones too. */
  private firstWhere(isTrue: (key: string) => boolean): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isTrue(this.sorted[middle]?.key ?? '')) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function backwards(text: string): string {
  return text.split('').reverse().join('');
}
