import { createHash } from 'node:crypto';
import { Checkpoint } from '../core/async/checkpoint.js';
import { GO_RUNTIME, GO_SUCCESSOR } from '../core/aws/runtimes.js';
import type { BundleFunction } from '../core/bundle/bundle.js';
import { Findings } from '../core/diagnostics/findings.js';
import { invalidBundle } from '../core/diagnostics/invalid-bundle.js';
import { compareUtf8 } from '../core/text.js';
import { MemorySource } from '../zip/byte-source.js';
import type { ZipEntry } from '../zip/central-directory.js';
import { writeZip } from '../zip/write-zip.js';
import { ZipFile } from '../zip/zip-file.js';
import { FUNCTION_FILE_MODE } from './file-modes.js';
import type { OpenBundle } from './open-bundle.js';
import { FUNCTION_ZIP } from './zip-limits.js';

/** The program that the runtimes `provided.*` start. */
const BOOTSTRAP = 'bootstrap';
/** Programs built with aws-lambda-go 1.18 or later read this variable, so they contain its name. */
const RUNTIME_API = 'AWS_LAMBDA_RUNTIME_API';

/** A bundle with functions that were migrated. */
export interface MigratedBundle {
  readonly bundle: OpenBundle;
  /** SHA-256 of the migrated archives in base64, by function name. */
  readonly sha256: ReadonlyMap<string, string>;
}

/** A file of a function archive. */
interface ProgramFile {
  readonly name: string;
  readonly data: Buffer;
}

/** The content of a function archive. */
interface GoProgram {
  readonly entries: readonly ZipEntry[];
  readonly files: ProgramFile[];
}

/**
 * Migrates functions from the retired runtime go1.x to provided.al2023: adds a `bootstrap` script that starts the same
 * program. The same archive always gives the same result.
 * Rule: https://docs.aws.amazon.com/lambda/latest/dg/golang-package.html
 *
 * @param bundle an open bundle that has been verified
 * @param items the functions of the bundle to migrate
 * @param signal aborts the migration, but not later reads from the bundle
 * @returns the bundle to deploy, whose manifest is unchanged, with the digests of its new archives
 * @throws AppsctlError INVALID_BUNDLE when a program cannot run there; INTERRUPTED once the signal is aborted
 */
export async function migrateGo(
  bundle: OpenBundle,
  items: readonly BundleFunction[],
  signal?: AbortSignal,
): Promise<MigratedBundle> {
  const archives = new Map<string, () => Promise<Buffer>>();
  const findings = new Findings();
  const functions: BundleFunction[] = [];
  const sha256 = new Map<string, string>();
  for (const item of bundle.functions) {
    if (!items.includes(item)) {
      functions.push(item);
      continue;
    }
    const build = async (checkpoint: Checkpoint): Promise<Buffer> =>
      addBootstrap(item, await bundle.read(item.archive), findings, checkpoint);
    const bytes = await build(new Checkpoint(signal));
    sha256.set(item.name, createHash('sha256').update(bytes).digest('base64'));
    archives.set(item.archive.name, () => build(new Checkpoint()));
    functions.push({ ...item, runtime: GO_SUCCESSOR, handler: BOOTSTRAP });
  }
  if (findings.hasErrors) throw invalidBundle(bundle.file, findings);
  const migrated: OpenBundle = {
    ...bundle,
    functions,
    read: (entry) => archives.get(entry.name)?.() ?? bundle.read(entry),
    chunks: (entry) => oneChunk(archives.get(entry.name)) ?? bundle.chunks(entry),
  };
  return { bundle: migrated, sha256 };
}

/**
 * Checks that functions can be migrated by {@link migrateGo}.
 *
 * @param items functions whose archives are not damaged
 * @param findings collects errors
 * @param signal aborts the check
 * @throws AppsctlError INTERRUPTED once the signal is aborted
 */
export async function checkMigration(
  bundle: Pick<OpenBundle, 'read'>,
  items: readonly BundleFunction[],
  findings: Findings,
  signal?: AbortSignal,
): Promise<void> {
  for (const item of items) {
    const { entries, files } = await readProgram(await bundle.read(item.archive), new Checkpoint(signal));
    reportObstacles(item, entries, files, findings);
  }
}

async function readProgram(bytes: Buffer, checkpoint: Checkpoint): Promise<GoProgram> {
  const zip = await ZipFile.open(new MemorySource(bytes), FUNCTION_ZIP, checkpoint);
  const entries = zip.entries.filter(({ name }) => !name.endsWith('/'));
  const files = await Promise.all(
    entries.map(async (entry) => ({ name: entry.name, data: await zip.read(entry) })),
  );
  return { entries, files };
}

function reportObstacles(
  { archive, handler }: BundleFunction,
  entries: readonly ZipEntry[],
  files: readonly ProgramFile[],
  findings: Findings,
): void {
  const report = (message: string, fix: string): void =>
    findings.error('runtime/not-migratable', archive.name, message, fix);
  const link = entries.find(({ isLink }) => isLink);
  if (link !== undefined) {
    report(`has the link ${link.name}, which cannot be migrated`, 'replace it with what it points to');
  }
  const program = files.find(({ name }) => name === handler);
  if (program?.data.includes(RUNTIME_API) === false) {
    report(
      `has a program built with aws-lambda-go before 1.18, which runs only on ${GO_RUNTIME}`,
      `rebuild the function for runtime ${GO_SUCCESSOR}`,
    );
  }
  if (handler !== BOOTSTRAP && files.some(({ name }) => name === BOOTSTRAP)) {
    report(`already has a file ${BOOTSTRAP}`, `rename the program to ${BOOTSTRAP}, or remove the file`);
  }
}

async function addBootstrap(
  item: BundleFunction,
  bytes: Buffer,
  findings: Findings,
  checkpoint: Checkpoint,
): Promise<Buffer> {
  const { handler } = item;
  const { entries, files } = await readProgram(bytes, checkpoint);
  reportObstacles(item, entries, files, findings);
  if (handler !== BOOTSTRAP && files.every(({ name }) => name !== BOOTSTRAP)) {
    const script = `#!/bin/sh\nexec "$LAMBDA_TASK_ROOT"/${shellQuote(handler)}\n`;
    files.push({ name: BOOTSTRAP, data: Buffer.from(script) });
  }
  files.sort((a, b) => compareUtf8(a.name, b.name));
  return Buffer.concat((await writeZip(files, FUNCTION_FILE_MODE, checkpoint)).chunks);
}

/** A migrated archive as a stream, which is built in memory as a whole. */
function oneChunk(build: (() => Promise<Buffer>) | undefined): AsyncIterable<Buffer> | undefined {
  if (build === undefined) return undefined;
  return (async function* () {
    yield await build();
  })();
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
