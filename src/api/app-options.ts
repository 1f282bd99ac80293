import type { EventListener } from '../core/diagnostics/event.js';
import type { AppRequest } from '../operations/app-source.js';
import { resolveCommon } from './common-options.js';
import type { BundleOptions, LocalApp } from './local-app.js';

/** Options of functions that read the folder or the bundle of an app. */
export interface AppOptions extends BundleOptions {
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
  /**
   * The environment of the build command and of esbuild. They run code of the app and its packages: leave out secrets.
   *
   * @default that of this process
   */
  readonly buildEnvironment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Called with progress, the output of the build command, waits, findings and warnings; must not throw. */
  readonly onEvent?: EventListener | undefined;
}

/** @param app the app, unless only its folder is read */
export function toAppRequest(options: AppOptions, app?: LocalApp): AppRequest {
  const { config, environment, runtimes, buildEnvironment: env, onEvent = () => {} } = options;
  const { signal } = resolveCommon(options);
  return { config, environment, runtimes, env, onEvent, signal, name: app?.name };
}
