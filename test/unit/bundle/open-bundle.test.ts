import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type OpenBundle, openBundle } from '../../../src/bundle/open-bundle.js';
import type { BundleEntry } from '../../../src/core/bundle/bundle.js';

const HOSTILE = fileURLToPath(new URL('../../fixtures/hostile-zips', import.meta.url));

/** The entries that a deployment reads. */
function entriesOf({ functions, assets }: OpenBundle): BundleEntry[] {
  return [...functions.map(({ archive }) => archive), ...assets.map(({ entry }) => entry)];
}

async function readChunks(bundle: OpenBundle, entry: BundleEntry): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bundle.chunks(entry)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('an entry is read', () => {
  test('at once and in chunks, with the same content', async () => {
    await using bundle = await openBundle(join(HOSTILE, 'a01-valid.zip'));
    const entries = entriesOf(bundle);
    expect(entries.length).toBeGreaterThan(1);
    for (const entry of entries) expect(await readChunks(bundle, entry)).toEqual(await bundle.read(entry));
  });

  test.each(['b08-bad-crc-static.zip', 'b10-bad-crc-function.zip', 'b41-deflate-truncated.zip'])(
    'neither at once nor in chunks if it is damaged: %s',
    async (name) => {
      const file = join(HOSTILE, name);
      await using bundle = await openBundle(file);
      const damaged: string[] = [];
      for (const entry of entriesOf(bundle)) {
        const failure = await bundle.read(entry).catch((error: unknown) => error);
        if (Buffer.isBuffer(failure)) continue;
        damaged.push(entry.name);
        expect(failure).toMatchObject({
          code: 'INVALID_BUNDLE',
          findings: [{ rule: 'zip/damaged-entry', severity: 'error', location: entry.name }],
        });
        await expect(readChunks(bundle, entry)).rejects.toEqual(failure);
      }
      expect(damaged).toHaveLength(1);
    },
  );
});
