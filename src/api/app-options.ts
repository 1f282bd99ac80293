/** Options of functions that read the folder or the bundle of an app. */
export interface AppOptions {
  /**
   * The path of the settings file.
   *
   * @default appsctl.json in the folder of the app, if it exists; none for a bundle
   */
  readonly config?: string | undefined;
  /**
   * The environment of the settings file whose settings take precedence.
   *
   * @default none
   */
  readonly environment?: string | undefined;
  /** Runtimes that replace those of the manifest, by the names of functions. */
  readonly runtimes?: Readonly<Record<string, string>> | undefined;
}
