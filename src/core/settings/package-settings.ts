/** How an app bundle is built from the folder of an app. Paths are relative to that folder, with slashes. */
export interface PackageSettings {
  /** The file of the manifest. @default manifest.json */
  readonly manifest: string;
  /** The folder of the assets. @default static */
  readonly static: string;
  /** A shell command that builds the code; it runs in the folder before anything is read. */
  readonly build: string | undefined;
  /** By the name of the function in the manifest. */
  readonly functions: ReadonlyMap<string, FunctionSource>;
}

/** Where the code of a function is, and how it is started. What is left out has the default. */
export interface FunctionSource {
  /**
   * What the archive contains: by place in the archive (`.` is its root), the source in the folder. A source is a file or
   * a folder; the place of a folder is the folder into which its content goes.
   */
  readonly code?: ReadonlyMap<string, string> | undefined;
  /** A .zip or .jar that is the archive. */
  readonly archive?: string | undefined;
  /** Patterns of files that the archive does not contain, with the rules of .gitignore, relative to the archive. */
  readonly exclude?: readonly string[] | undefined;
  /** Whether esbuild bundles the code into one file. @default if the file of the handler only exists in TypeScript */
  readonly bundle?: boolean | undefined;
  /** Replaces the handler of the manifest. */
  readonly handler?: string | undefined;
  /** Replaces the runtime of the manifest. */
  readonly runtime?: string | undefined;
}

/** A folder that contains manifest.json, static/ and a folder or archive for each function. */
export const DEFAULT_PACKAGE_SETTINGS: PackageSettings = {
  manifest: 'manifest.json',
  static: 'static',
  build: undefined,
  functions: new Map(),
};
