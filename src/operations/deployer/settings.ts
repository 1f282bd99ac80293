/** What a deployer deploys. */
export interface DeployerSettings {
  /** The bucket of the bundles. */
  readonly bucket: string;
  /** The suffix of its tags. */
  readonly environment: string;
  /** Of the keys of bundles. */
  readonly prefix: string;
  /** Patterns of the IDs of the apps that it may deploy; undefined for all. */
  readonly allowedApps: readonly string[] | undefined;
  /** Keys of bundles that are tried whatever has become of them before. */
  readonly forcedKeys: ReadonlySet<string>;
  /** No bundle is begun later than this: milliseconds. */
  readonly maxDurationMs: number;
  readonly parallelBundles: number;
  /** Whether people get one message for each pass instead of one for each bundle. */
  readonly summary: boolean;
  /** The folder of temporary files; that of the system by default. */
  readonly temporaryFolder: string | undefined;
}
