import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readBundle } from '../../../src/bundle/open-bundle.js';
import { verifyBundle } from '../../../src/bundle/verify-bundle.js';
import { encodeTerraformData } from '../../../src/core/deploy/terraform-data.js';
import { AppsctlError } from '../../../src/core/diagnostics/error.js';
import { Findings } from '../../../src/core/diagnostics/findings.js';
import { encodeManifest } from '../../../src/core/manifest/encode.js';
import { MemorySource } from '../../../src/zip/byte-source.js';

/** Returns everything that a deployment of a bundle would put on AWS; undefined if the bundle is rejected. */
async function describeDeployment(bytes: Uint8Array): Promise<string | undefined> {
  try {
    const bundle = await readBundle('bundle.zip', new MemorySource(bytes));
    const findings = new Findings();
    const digests = await verifyBundle(bundle, findings);
    if (findings.errors.length > 0) return undefined;
    return JSON.stringify([
      encodeTerraformData(bundle),
      Buffer.from(encodeManifest(bundle.manifest)).toString(),
      [...digests.functions],
      [...digests.assets],
    ]);
  } catch (error) {
    if (error instanceof AppsctlError && error.code === 'INVALID_BUNDLE') return undefined;
    throw error;
  }
}

describe('a bundle with any single bit flipped is rejected, or deploys the same', () => {
  test.each(['a01-valid.zip', 'a02-data-descriptor.zip'])('%s', { timeout: 120_000 }, async (name) => {
    const original = readFileSync(new URL(`../../fixtures/hostile-zips/${name}`, import.meta.url));
    const expected = await describeDeployment(original);
    expect(expected).toBeDefined();
    let rejected = 0;
    const changed: string[] = [];
    for (let bit = 0; bit < original.length * 8; bit++) {
      const flipped = Buffer.from(original);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const deployment = await describeDeployment(flipped);
      if (deployment === undefined) rejected++;
      else if (deployment !== expected) changed.push(`bit ${bit & 7} of byte ${bit >> 3}`);
    }
    expect(changed).toEqual([]);
    expect(rejected).toBeGreaterThan(original.length * 4);
  });
});
