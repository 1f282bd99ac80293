import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openBundle } from '../../src/bundle/open-bundle.js';
import { AppsctlError } from '../../src/core/errors.js';
import { encodeManifest } from '../../src/core/manifest/encode.js';
import { terraformData } from '../../src/core/terraform-data.js';

interface Case {
  readonly bundle: string;
  readonly accepted: boolean;
  readonly terraform_data?: string;
  readonly uploaded_manifest?: string;
}

/** Bundles of which the Go tool says otherwise, and why that is meant. */
const DIFFERENCES: Readonly<Record<string, RegExp | 'accepted'>> = {
  // Only the directory and the manifest are read: what stands in an archive is the business of a deployment.
  'corrupt-fn-lochdr.zip': 'accepted',
  'dup-manifest-second-bad.zip': /manifest\.json: stands twice/,
  'json-dup-functions-merge.zip': /the key "aws_lambda" stands twice/,
  'json-dup-lambda-null.zip': /the key "aws_lambda" stands twice/,
  'json-dupkeys-case.zip': /version: stands twice, as "version" and "VERSION"/,
  'json-invalid-utf8.zip': /not valid UTF-8/,
  'match-dup-bundles-zip-jar.zip': /fn: could be any of fn\.zip, fn\.jar/,
  'match-static-zip.zip': /fn: has no archive/,
  'static-space-collision.zip': /gets the same S3 key/,
  'static-weird.zip': /has 4 errors/,
  'v-bigmanifest.zip': /over the limit of 1048576/,
};

const folder = fileURLToPath(new URL('../fixtures/reference', import.meta.url));
const cases = JSON.parse(readFileSync(`${folder}/cases.json`, 'utf8')) as Case[];

async function deploymentOf(name: string): Promise<{ terraform_data: string; uploaded_manifest: string }> {
  const bundle = await openBundle(`${folder}/bundles/${name}`);
  try {
    const uploaded = Buffer.from(encodeManifest(bundle.manifest)).toString();
    return { terraform_data: terraformData(bundle), uploaded_manifest: uploaded };
  } finally {
    await bundle.close();
  }
}

describe('what the Go tool says of a bundle', () => {
  test.each(cases.filter(({ bundle }) => DIFFERENCES[bundle] === undefined))('$bundle', async (reference) => {
    if (!reference.accepted) {
      await expect(deploymentOf(reference.bundle)).rejects.toMatchObject({ code: 'INVALID_BUNDLE' });
      return;
    }
    const { terraform_data, uploaded_manifest } = reference;
    expect(await deploymentOf(reference.bundle)).toEqual({ terraform_data, uploaded_manifest });
  });

  test.each(Object.entries(DIFFERENCES))('%s differs on purpose', async (bundle, expected) => {
    if (expected === 'accepted') {
      expect((await deploymentOf(bundle)).terraform_data).toContain('"manifest_key"');
      return;
    }
    const error = await deploymentOf(bundle).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AppsctlError);
    expect((error as AppsctlError).message).toMatch(expected);
  });
});
