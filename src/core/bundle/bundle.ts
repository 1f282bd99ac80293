import type { Finding } from '../diagnostics/findings.js';
import type { Manifest } from '../manifest/manifest.js';

/** The entry that makes a zip an app bundle. */
export const MANIFEST_ENTRY = 'manifest.json';
/** The prefix of the entries that are static assets. */
export const STATIC_PREFIX = 'static/';

/** A file in the bundle, by its name there. */
export interface BundleEntry {
  readonly name: string;
  /** Bytes when unpacked. */
  readonly size: number;
}

/** A function of the manifest with the archive that holds its code. */
export interface BundleFunction {
  /** Its name in the manifest. */
  readonly name: string;
  /** Its name on AWS. */
  readonly lambdaName: string;
  readonly handler: string;
  readonly runtime: string;
  readonly archive: BundleEntry;
}

/** A static asset and the S3 key that it gets. */
export interface BundleAsset {
  /** Its path below `static/`. */
  readonly path: string;
  readonly key: string;
  readonly entry: BundleEntry;
}

/** A bundle that holds together: every function has its code, every asset a key of its own. */
export interface AppBundle {
  readonly manifest: Manifest;
  readonly manifestKey: string;
  readonly functions: readonly BundleFunction[];
  readonly assets: readonly BundleAsset[];
  /** Warnings and notes; a bundle with errors is none. */
  readonly findings: readonly Finding[];
}
