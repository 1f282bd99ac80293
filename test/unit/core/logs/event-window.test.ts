import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeSorted } from '../../../../src/core/async/merge-sorted.js';
import { EventWindow, LATENESS_MS } from '../../../../src/core/logs/event-window.js';
import type { LogEvent } from '../../../../src/core/logs/log-event.js';

const START = 1_000_000_000;

function event(id: string, timestamp: number): LogEvent {
  return { id, stream: 's', timestamp, message: id };
}

const idsOf = (events: readonly LogEvent[]): string[] => events.map(({ id }) => id);

describe('a window on the events of a log group', () => {
  test('leaves out what it knows, and sorts the rest by time', () => {
    const window = new EventWindow(START);
    expect(window.begin(START)).toBe(START);
    expect(idsOf(window.add([event('a', START + 1), event('b', START + 2)]))).toEqual(['a', 'b']);
    expect(idsOf(window.add([event('b', START + 2), event('d', START + 4), event('c', START + 3)]))).toEqual([
      ...['c', 'd'],
    ]);
  });

  test('begins the next search before the latest event, and never before the first search', () => {
    const window = new EventWindow(START);
    const now = START + 10 * LATENESS_MS;
    window.begin(now);
    window.add([event('a', START + 10)]);
    expect(window.begin(now)).toBe(START);
    window.add([event('b', START + 5 * LATENESS_MS)]);
    expect(window.begin(now)).toBe(START + 4 * LATENESS_MS);
  });

  test('does not let an event from the future hide those of the present', () => {
    const window = new EventWindow(START);
    const now = START + 10 * LATENESS_MS;
    window.begin(now);
    window.add([event('future', now + 100 * LATENESS_MS)]);
    expect(window.begin(now)).toBe(now - LATENESS_MS);
    expect(window.add([event('future', now + 100 * LATENESS_MS)])).toEqual([]);
  });

  test('forgets what no search can find again', () => {
    const window = new EventWindow(START);
    window.begin(START);
    const many = Array.from({ length: 120_000 }, (_, index) => event(`e${index}`, START + index * 100));
    for (let index = 0; index < many.length; index += 1000) window.add(many.slice(index, index + 1000));
    expect((window as unknown as { seen: Map<string, number> }).seen.size).toBeLessThanOrEqual(120_000);
    window.begin(START + 120_000 * 100);
    const remembered = (window as unknown as { seen: Map<string, number> }).seen.size;
    expect(remembered).toBeLessThanOrEqual(LATENESS_MS / 100 + 1);
  });

  test('returns each event once, in whatever order and however often pages arrive', () => {
    const pages = fc.array(fc.array(fc.nat(40), { maxLength: 8 }), { maxLength: 30 });
    fc.assert(
      fc.property(pages, (numbers) => {
        const window = new EventWindow(START);
        window.begin(START + LATENESS_MS);
        const returned = numbers.flatMap((page) =>
          idsOf(window.add(page.map((number) => event(`e${number}`, START + number)))),
        );
        expect(returned.toSorted()).toEqual([...new Set(numbers.flat().map((n) => `e${n}`))].toSorted());
      }),
    );
  });

  test('loses and repeats nothing while it follows a log whose events arrive late', () => {
    const arrivals = fc.array(
      fc.record({
        // Milliseconds from the last event to this one, and from the event to its arrival.
        after: fc.nat(20_000),
        lateness: fc.nat(LATENESS_MS / 2),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 7 }), fc.boolean(), (items, pageSize, isRepeated) => {
        let time = START;
        const log = items.map(({ after, lateness }, index) => {
          time += after;
          return { event: event(`e${index}`, time), arrivesAt: time + lateness };
        });
        const window = new EventWindow(START);
        const returned: string[] = [];
        const end = time + LATENESS_MS;
        for (let now = START; now <= end + 5_000; now += 5_000) {
          const from = window.begin(now);
          const found = log
            .filter((item) => item.arrivesAt <= now && item.event.timestamp >= from)
            .map((item) => item.event);
          for (let index = 0; index < found.length; index += pageSize) {
            const page = found.slice(index, index + pageSize);
            returned.push(...idsOf(window.add(page)));
            if (isRepeated) returned.push(...idsOf(window.add(page.toReversed())));
          }
        }
        expect(returned.toSorted()).toEqual(idsOf(log.map((item) => item.event)).toSorted());
      }),
    );
  });
});

describe('sorted sequences in batches', () => {
  async function* batches(values: readonly (readonly number[])[], closed: () => void = () => {}) {
    try {
      yield* values;
    } finally {
      closed();
    }
  }
  const collect = async (sequence: AsyncIterable<number>): Promise<number[]> => {
    const all: number[] = [];
    for await (const item of sequence) all.push(item);
    return all;
  };

  test('are merged, whatever the sizes of the batches are', async () => {
    const sequences = fc.array(fc.array(fc.array(fc.nat(50), { maxLength: 4 }), { maxLength: 6 }), {
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(sequences, async (unsorted) => {
        const all = unsorted.flat(2).toSorted((a, b) => a - b);
        const sorted = unsorted.map((parts) => {
          const values = parts.flat().toSorted((a, b) => a - b);
          return parts.map((part) => values.splice(0, part.length));
        });
        expect(
          await collect(
            mergeSorted(
              sorted.map((parts) => batches(parts)),
              (item) => item,
            ),
          ),
        ).toEqual(all);
      }),
    );
  });

  test('are closed when nobody reads on, and when one fails', async () => {
    let closed = 0;
    const open = (): AsyncIterable<number[]> =>
      batches([[1], [2]], () => closed++) as AsyncIterable<number[]>;
    for await (const _ of mergeSorted([open(), open()], (item) => item)) break;
    expect(closed).toBe(2);
    // biome-ignore lint/correctness/useYield: it fails first
    async function* failing(): AsyncGenerator<number[]> {
      throw new Error('failed');
    }
    await expect(collect(mergeSorted([open(), failing()], (item) => item))).rejects.toThrow('failed');
    expect(closed).toBe(3);
  });
});
