import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { workerData } from 'node:worker_threads';
import JSZip from 'jszip';
import { manifest, zip } from '../test/support/bundle.js';

/** The size of a bundle of random bytes. */
export interface BundleSpec {
  readonly file: string;
  readonly name: string;
  readonly functions: number;
  readonly functionBytes: number;
  readonly assets: number;
  readonly assetBytes: number;
}

/** Builds a bundle, as a worker thread of the benchmark. */
async function main({ file, name, ...size }: BundleSpec): Promise<void> {
  const functions = Array.from({ length: size.functions }, (_, index) => ({
    path: `/${index}`,
    name: `function-${index}`,
    handler: 'index.handler',
    runtime: 'nodejs22.x',
  }));
  const archive = new JSZip();
  archive.file(
    'manifest.json',
    JSON.stringify(manifest({ app_id: `bench.${name}`, aws_lambda: { functions } })),
  );
  for (const item of functions) {
    const data = randomBytes(size.functionBytes);
    archive.file(`${item.name}.zip`, await zip({ 'index.js': 'exports.handler = async () => ({});', data }));
  }
  for (let index = 0; index < size.assets; index++) {
    archive.file(`static/${index}.bin`, randomBytes(size.assetBytes));
  }
  await writeFile(file, await archive.generateAsync({ type: 'nodebuffer', compression: 'STORE' }));
}

await main(workerData as BundleSpec);
