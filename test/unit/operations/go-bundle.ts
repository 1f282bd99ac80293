import { type OpenBundle, readBundle } from '../../../src/bundle/open-bundle.js';
import { MemorySource } from '../../../src/zip/byte-source.js';
import { manifest, zip } from '../../support/bundle.js';

/** A bundle with one function `go`, for the retired runtime go1.x. */
export async function openGoBundle(): Promise<OpenBundle> {
  const functions = [{ path: '/', name: 'go', handler: 'main', runtime: 'go1.x' }];
  const bytes = await zip({
    'manifest.json': JSON.stringify(manifest({ aws_lambda: { functions } })),
    'go.zip': await zip({ main: 'AWS_LAMBDA_RUNTIME_API' }),
  });
  return readBundle('bundle.zip', new MemorySource(bytes));
}
