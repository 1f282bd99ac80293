import type { OpenPartialBundle } from '../bundle/open-bundle.js';
import type { BundleDigests } from '../bundle/verify-bundle.js';
import { GO_RUNTIME } from '../core/aws/runtimes.js';
import { checkJavaMemory, checkRuntimes, type PlannedAction } from '../core/bundle/check-runtimes.js';
import { Findings } from '../core/diagnostics/findings.js';
import type { Vocabulary } from '../core/diagnostics/vocabulary.js';
import type { AppSettings } from '../core/settings/app-settings.js';
import { checkBundle } from './check-bundle.js';

/** Options of {@link validate}. */
export interface ValidateOptions {
  /** Aborts the reading. */
  readonly signal?: AbortSignal | undefined;
  /** What fixes call the options that they name. @default the options of the library */
  readonly vocabulary?: Vocabulary | undefined;
  /** What is planned for the functions, which decides whether AWS accepts their runtimes. @default unknown */
  readonly action?: PlannedAction | undefined;
  /** The settings that the functions will have. @default none */
  readonly settings?: Pick<AppSettings, 'functions' | 'functionsByName'> | undefined;
  /** Whether functions of the retired runtime go1.x will be deployed to provided.al2023. @default false */
  readonly migrateRuntimes?: boolean | undefined;
}

/**
 * Reads a whole bundle and checks everything that can be checked without a network, as far as the bundle is known.
 *
 * @param bundle an open bundle; the caller closes it
 * @param now milliseconds since the epoch, to know which runtimes have ended
 * @returns all findings
 * @throws AppsctlError INTERRUPTED once the signal is aborted
 */
export async function validate(
  bundle: OpenPartialBundle,
  now: number,
  options: ValidateOptions = {},
): Promise<Findings> {
  return (await validateWithDigests(bundle, now, options)).findings;
}

/**
 * Does the same as {@link validate}.
 *
 * @returns also the digests of what was read; complete if there are no errors
 */
export async function validateWithDigests(
  bundle: OpenPartialBundle,
  now: number,
  { signal, vocabulary, action = 'unknown', settings, migrateRuntimes = false }: ValidateOptions,
): Promise<{ readonly findings: Findings; readonly digests: BundleDigests }> {
  const findings = new Findings(vocabulary);
  const digests = await checkBundle(bundle, findings, signal);
  checkRuntimes(bundle.declared, { action, now, migrateRuntimes }, findings);
  for (const item of bundle.declared) {
    const memory = settings?.functionsByName.get(item.name)?.memory ?? settings?.functions.memory;
    checkJavaMemory(item, memory, findings);
  }
  if (migrateRuntimes) await checkMigrations(bundle, findings, signal);
  return { findings, digests };
}

async function checkMigrations(
  bundle: OpenPartialBundle,
  findings: Findings,
  signal: AbortSignal | undefined,
): Promise<void> {
  // What an archive with errors contains is not known for certain.
  const hasErrors = (archive: string): boolean =>
    findings.errors.some(({ location }) => location === archive || location.startsWith(`${archive}: `));
  const items = bundle.functions.filter(
    ({ runtime, archive }) => runtime === GO_RUNTIME && !hasErrors(archive.name),
  );
  if (items.length === 0) return;
  // Imported here, because it loads the zip writer, which few validations need.
  const { checkMigration } = await import('../bundle/migrate-go.js');
  await checkMigration(bundle, items, findings, signal);
}
