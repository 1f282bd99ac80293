import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  BufferedRangeSource,
  MemorySource,
  RangeSource,
  ReadAheadSource,
} from '../../../src/zip/byte-source.js';

/** Larger than what is read ahead, and nowhere the same. */
const BYTES = Buffer.alloc(700_000);
for (let at = 0; at + 4 <= BYTES.length; at += 4) BYTES.writeUInt32LE(at, at);

const reads = fc.array(fc.record({ position: fc.nat(800_000), length: fc.nat(100_000) }), {
  minLength: 1,
  maxLength: 20,
});

test.each([
  ['a source that reads ahead', () => new ReadAheadSource(new MemorySource(BYTES))],
  [
    'a part in memory',
    () => new BufferedRangeSource(new MemorySource(BYTES), 1000, BYTES.subarray(1000, 300_000)),
  ],
  ['a range of everything', () => new RangeSource(new MemorySource(BYTES), 0, BYTES.length)],
])('%s answers the same bytes, in whatever order and however many at once', async (_, open) => {
  await fc.assert(
    fc.asyncProperty(reads, async (wanted) => {
      const source = open();
      const answers = await Promise.all(wanted.map(({ position, length }) => source.read(position, length)));
      for (const [index, { position, length }] of wanted.entries()) {
        expect(answers[index]?.equals(BYTES.subarray(position, position + length))).toBe(true);
      }
    }),
  );
});

test('what stands close together is read at once', async () => {
  const asked: number[] = [];
  const bytes = new MemorySource(BYTES);
  const source = new ReadAheadSource({
    size: bytes.size,
    read: (position, length) => {
      asked.push(position);
      return bytes.read(position, length);
    },
    close: async () => {},
  });
  for (let position = 0; position < 600_000; position += 20_000) await source.read(position, 20_000);
  expect(asked.length).toBeLessThanOrEqual(4);
});
