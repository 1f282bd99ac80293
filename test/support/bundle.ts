import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import JSZip from 'jszip';
import { MAX_DIRECT_BYTES } from '../../src/core/deploy/archive-uploads.js';
import type { FunctionCode } from '../../src/core/deploy/function-spec.js';

/** A valid manifest, with changes. */
export function manifest(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    app_id: 'com.example.test',
    version: '1.0.0',
    display_name: 'Test',
    homepage_url: 'https://example.com',
    aws_lambda: { functions: [{ path: '/', name: 'go', handler: 'index.handler', runtime: 'nodejs22.x' }] },
    ...changes,
  };
}

/** A function archive for Node.js runtimes, by default with a handler that returns an empty object. */
export function functionArchive(
  source = "exports.handler = async () => ({statusCode: 200, body: '{}'});",
): Promise<Buffer> {
  return zip({ 'index.js': source });
}

/** A zip with these files. What is too large for a direct upload is not compressed: it is random, so compressing takes long. */
export function zip(files: Readonly<Record<string, string | Uint8Array>>): Promise<Buffer> {
  const archive = new JSZip();
  for (const [name, data] of Object.entries(files)) {
    const isStored = typeof data !== 'string' && data.length > MAX_DIRECT_BYTES;
    archive.file(name, data, {
      compression: isStored ? 'STORE' : 'DEFLATE',
      date: new Date(Date.UTC(2020, 0, 1)),
      createFolders: false,
      unixPermissions: 0o100755,
    });
  }
  return archive.generateAsync({ type: 'nodebuffer', platform: 'UNIX' });
}

/** Writes a bundle: the manifest, one archive for each of its functions, and additional files. */
export async function writeBundle(
  folder: string,
  content: Readonly<Record<string, unknown>> = manifest(),
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<string> {
  const lambda = content['aws_lambda'] as { functions?: { name: string }[] } | undefined;
  const archives: Record<string, Uint8Array> = {};
  for (const { name } of lambda?.functions ?? []) archives[`${name}.zip`] = await functionArchive();
  const file = join(folder, `bundle-${Math.random().toString(36).slice(2)}.zip`);
  await writeFile(file, await zip({ 'manifest.json': JSON.stringify(content), ...archives, ...files }));
  return file;
}

/** An archive as the code of a function. */
export function functionCode(archive: Uint8Array): FunctionCode {
  return {
    sha256Base64: createHash('sha256').update(archive).digest('base64'),
    size: archive.length,
    read: async () => archive,
    async *chunks() {
      yield archive;
    },
  };
}
