import { readFile } from 'node:fs/promises';
import JSZip from 'jszip';

/** What is in a bundle. */
export interface BundleContent {
  readonly manifest: { readonly aws_lambda: { readonly functions: readonly Record<string, string>[] } };
  /** The paths of the assets, without `static/`, in the order of the zip. */
  readonly assets: readonly string[];
  /** The files of the function archives, by the name of the archive and by path. */
  readonly archives: Readonly<Record<string, Readonly<Record<string, Buffer>>>>;
}

export async function readBundleContent(file: string): Promise<BundleContent> {
  const entries = await readZip(await readFile(file));
  const archives: Record<string, Record<string, Buffer>> = {};
  for (const [name, content] of Object.entries(entries)) {
    if (/^[^/]+\.(?:zip|jar)$/.test(name)) archives[name] = await readZip(content);
  }
  return {
    manifest: JSON.parse(String(entries['manifest.json'])),
    assets: Object.keys(entries)
      .filter((name) => name.startsWith('static/'))
      .map((name) => name.slice('static/'.length)),
    archives,
  };
}

async function readZip(bytes: Buffer): Promise<Record<string, Buffer>> {
  const zip = await JSZip.loadAsync(bytes);
  const files: Record<string, Buffer> = {};
  for (const entry of Object.values(zip.files)) {
    if (!entry.dir) files[entry.name] = await entry.async('nodebuffer');
  }
  return files;
}
