import { type OpenPartialBundle, readPartialBundle } from '../bundle/open-bundle.js';
import { type PackagedFolder, packageFolder } from '../bundle/packaging/package-folder.js';
import { runBuild } from '../bundle/run-build.js';
import type { EventListener } from '../core/diagnostics/event.js';
import type { Finding } from '../core/diagnostics/findings.js';
import type { Manifest } from '../core/manifest/manifest.js';
import type { PackageSettings } from '../core/settings/package-settings.js';
import { ChunkSource } from '../zip/byte-source.js';

/** How the folder of an app is built. */
export interface BuildOptions {
  readonly settings: PackageSettings;
  /** The environment of the build command and of esbuild. @default that of this process */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Receives the start and the output of the build command. */
  readonly onEvent: EventListener;
  /** Ends the build. */
  readonly signal?: AbortSignal | undefined;
}

/** A bundle in memory that was built from a folder. */
export interface BuiltBundle {
  /** The bundle, as far as it could be built: what went wrong is among its findings. */
  readonly bundle: OpenPartialBundle;
  readonly packaged: PackagedFolder;
}

/**
 * Runs the build command of an app.
 *
 * @throws AppsctlError BUILD_FAILED; INTERRUPTED once the signal is aborted
 */
export async function runBuildCommand(
  folder: string,
  { settings, env, onEvent, signal }: BuildOptions,
): Promise<void> {
  const { build: command } = settings;
  if (command === undefined) return;
  const onOutput = (line: string): void => onEvent({ type: 'build-output', line });
  onEvent({ type: 'build', command, state: 'started' });
  try {
    await runBuild({ command, folder, onOutput, env, signal });
  } finally {
    onEvent({ type: 'build', command, state: 'ended' });
  }
}

/**
 * Packages the folder of an app into a bundle in memory.
 *
 * @param findOutput returns the real path of the file that the bundle will be written to; called with a manifest only if it
 *   has no errors
 * @throws AppsctlError INVALID_BUNDLE with its findings when the folder cannot be packaged; INTERRUPTED once the signal is
 *   aborted
 */
export async function buildBundle(
  folder: string,
  { settings, env, signal }: BuildOptions,
  findOutput?: (manifest: Manifest | undefined) => Promise<string | undefined>,
): Promise<BuiltBundle> {
  const packaged = await packageFolder(folder, { settings, env, signal, findOutput });
  const bundle = await readPartialBundle(folder, new ChunkSource(packaged.bundle.chunks));
  const { all: problems, hasErrors } = packaged.findings;
  // That a part is missing in the bundle is a consequence of why it could not be packaged.
  const findings = bundle.findings.filter(({ rule }) => !hasErrors || !CONSEQUENCES.has(rule));
  return { bundle: { ...bundle, findings: [...findings, ...problems] }, packaged };
}

const CONSEQUENCES: ReadonlySet<Finding['rule']> = new Set([
  'function/no-archive',
  'function/unused-archive',
]);
