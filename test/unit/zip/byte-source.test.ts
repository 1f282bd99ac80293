import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  BufferedRangeSource,
  ChunkSource,
  MemorySource,
  RangeSource,
  ReadAheadSource,
} from '../../../src/zip/byte-source.js';

/** Larger than the read-ahead window; no two words are equal. */
const BYTES = Buffer.alloc(700_000);
for (let at = 0; at + 4 <= BYTES.length; at += 4) BYTES.writeUInt32LE(at, at);

const reads = fc.array(fc.record({ position: fc.nat(800_000), length: fc.nat(100_000) }), {
  minLength: 1,
  maxLength: 20,
});

/** The same bytes in pieces, also empty ones. */
const CHUNKS = [0, 3, 3, 70_000, 600_000, BYTES.length].map((end, index, ends) =>
  BYTES.subarray(ends[index - 1] ?? 0, end),
);

test.each([
  ['a source of chunks', () => new ChunkSource(CHUNKS)],
  ['a source that reads ahead', () => new ReadAheadSource(new MemorySource(BYTES))],
  [
    'a range in memory',
    () => new BufferedRangeSource(new MemorySource(BYTES), 1000, BYTES.subarray(1000, 300_000)),
  ],
  ['a range of the whole source', () => new RangeSource(new MemorySource(BYTES), 0, BYTES.length)],
])('%s returns the same bytes for reads in any order, also concurrent ones', async (_, open) => {
  await fc.assert(
    fc.asyncProperty(reads, async (requests) => {
      const source = open();
      const results = await Promise.all(
        requests.map(({ position, length }) => source.read(position, length)),
      );
      for (const [index, { position, length }] of requests.entries()) {
        expect(results[index]?.equals(BYTES.subarray(position, position + length))).toBe(true);
      }
    }),
  );
});

test('consecutive small reads are combined', async () => {
  const positions: number[] = [];
  const bytes = new MemorySource(BYTES);
  const source = new ReadAheadSource({
    size: bytes.size,
    read: (position, length) => {
      positions.push(position);
      return bytes.read(position, length);
    },
    close: async () => {},
  });
  for (let position = 0; position < 600_000; position += 20_000) await source.read(position, 20_000);
  expect(positions.length).toBeLessThanOrEqual(4);
});
