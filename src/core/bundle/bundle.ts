import type { Finding } from '../diagnostics/findings.js';
import type { Manifest } from '../manifest/manifest.js';

/** The entry that holds the manifest. */
export const MANIFEST_ENTRY = 'manifest.json';
/** The prefix of the entries that are assets. */
export const STATIC_PREFIX = 'static/';

/** An entry of the bundle. */
export interface BundleEntry {
  readonly name: string;
  /** Uncompressed bytes. */
  readonly size: number;
}

/** A function and the archive that holds its code. */
export interface BundleFunction {
  /** Where it is in the manifest, such as `aws_lambda.functions[0]`. */
  readonly location: string;
  /** The name in the manifest. */
  readonly name: string;
  /** The name on AWS. */
  readonly lambdaName: string;
  readonly handler: string;
  readonly runtime: string;
  readonly archive: BundleEntry;
}

/** A function as the manifest declares it. */
export type DeclaredFunction = Omit<BundleFunction, 'lambdaName' | 'archive'>;

/** The functions of a manifest, as far as they are known: handlers, runtimes and names that are wrong are empty. */
export function declaredFunctions({ aws_lambda: lambda }: Manifest): DeclaredFunction[] {
  return (lambda?.functions ?? []).map(({ name, handler, runtime }, index) => ({
    ...{ location: `aws_lambda.functions[${index}]`, name, handler, runtime },
  }));
}

/** An asset and its S3 key. */
export interface BundleAsset {
  /** The path below `static/`. */
  readonly path: string;
  readonly key: string;
  readonly entry: BundleEntry;
}

/** A bundle as far as it could be read: its findings may be errors. */
export interface PartialBundle {
  /** What is known of the manifest; undefined when it is missing or not a JSON object. */
  readonly manifest: Manifest | undefined;
  readonly manifestKey: string;
  /** The functions of the manifest, as far as they are known. */
  readonly declared: readonly DeclaredFunction[];
  /** The functions whose archive is known. */
  readonly functions: readonly BundleFunction[];
  readonly assets: readonly BundleAsset[];
  /** What was found in the zip's central directory and the manifest. */
  readonly findings: readonly Finding[];
  /** Warnings about what the server accepts in a manifest, but ignores or refuses when the app is used. */
  readonly advice: readonly Finding[];
}

/** A valid bundle: each function has an archive, and no two assets have the same key. */
export interface AppBundle {
  readonly manifest: Manifest;
  readonly manifestKey: string;
  readonly functions: readonly BundleFunction[];
  readonly assets: readonly BundleAsset[];
  /** Warnings and notes. */
  readonly findings: readonly Finding[];
}
