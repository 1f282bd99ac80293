import { Checkpoint } from '../core/async/checkpoint.js';
import { GO_RUNTIME, GO_SUCCESSOR } from '../core/aws/runtimes.js';
import type { BundleFunction } from '../core/bundle/bundle.js';
import { Findings } from '../core/diagnostics/findings.js';
import { invalidBundle } from '../core/diagnostics/invalid-bundle.js';
import { compareUtf8 } from '../core/text.js';
import { MemorySource } from '../zip/byte-source.js';
import { writeZip } from '../zip/write-zip.js';
import { ZipFile } from '../zip/zip-file.js';
import { FUNCTION_FILE_MODE } from './file-modes.js';
import type { OpenBundle } from './open-bundle.js';
import { FUNCTION_ZIP } from './zip-limits.js';

/** What AWS Lambda starts in a function of the runtimes `provided.*`. */
const BOOTSTRAP = 'bootstrap';
/** Programs built with aws-lambda-go 1.18 or later ask for their work through this variable, and so contain its name. */
const RUNTIME_API = 'AWS_LAMBDA_RUNTIME_API';

/**
 * Makes functions of a bundle that have the retired runtime go1.x run on provided.al2023: the same program, started by
 * a `bootstrap` script that is added to its archive. The new archive depends on the old one alone.
 * Rule: https://docs.aws.amazon.com/lambda/latest/dg/golang-package.html
 *
 * @param bundle an open bundle that has been verified
 * @param items its functions that are to be migrated
 * @param signal interrupts this; not what is read from the bundle later
 * @returns the bundle as it is to be deployed; its manifest is unchanged
 * @throws AppsctlError INVALID_BUNDLE when a program would not run there; INTERRUPTED once the signal is aborted
 */
export async function migrateGo(
  bundle: OpenBundle,
  items: readonly BundleFunction[],
  signal?: AbortSignal,
): Promise<OpenBundle> {
  const archives = new Map<string, () => Promise<Buffer>>();
  const findings = new Findings();
  const functions: BundleFunction[] = [];
  for (const item of bundle.functions) {
    if (!items.includes(item)) {
      functions.push(item);
      continue;
    }
    const build = async (checkpoint: Checkpoint): Promise<Buffer> =>
      addBootstrap(item, await bundle.read(item.archive), findings, checkpoint);
    await build(new Checkpoint(signal));
    archives.set(item.archive.name, () => build(new Checkpoint()));
    functions.push({ ...item, runtime: GO_SUCCESSOR, handler: BOOTSTRAP });
  }
  if (findings.errors.length > 0) throw invalidBundle(bundle.file, findings);
  return {
    ...bundle,
    functions,
    read: (entry) => archives.get(entry.name)?.() ?? bundle.read(entry),
    chunks: (entry) => oneChunk(archives.get(entry.name)) ?? bundle.chunks(entry),
  };
}

async function addBootstrap(
  item: BundleFunction,
  bytes: Buffer,
  findings: Findings,
  checkpoint: Checkpoint,
): Promise<Buffer> {
  const archive = await ZipFile.open(new MemorySource(bytes), FUNCTION_ZIP, checkpoint);
  const entries = archive.entries.filter(({ name }) => !name.endsWith('/'));
  const files = await Promise.all(
    entries.map(async (entry) => ({ name: entry.name, data: await archive.read(entry) })),
  );
  const link = entries.find(({ isLink }) => isLink);
  if (link !== undefined) {
    const message = `has the link ${link.name}, which would not survive in a new archive`;
    findings.error(item.archive.name, message, 'replace it by what it points to');
  }
  const program = files.find(({ name }) => name === item.handler);
  const location = item.archive.name;
  if (program?.data.includes(RUNTIME_API) === false) {
    const fix = 'build the function anew, for the runtime provided.al2023';
    findings.error(
      location,
      `holds a program built with aws-lambda-go of before 1.18: it runs on ${GO_RUNTIME} alone`,
      fix,
    );
  }
  if (item.handler !== BOOTSTRAP) {
    if (files.some(({ name }) => name === BOOTSTRAP)) {
      findings.error(
        location,
        `already has a file named ${BOOTSTRAP}`,
        'name the program bootstrap, or remove the file',
      );
    }
    const script = `#!/bin/sh\nexec "$LAMBDA_TASK_ROOT"/${shellQuote(item.handler)}\n`;
    files.push({ name: BOOTSTRAP, data: Buffer.from(script) });
  }
  files.sort((a, b) => compareUtf8(a.name, b.name));
  return Buffer.from(await writeZip(files, FUNCTION_FILE_MODE, checkpoint));
}

/** An archive that is built in one piece, as one piece. */
function oneChunk(build: (() => Promise<Buffer>) | undefined): AsyncIterable<Buffer> | undefined {
  if (build === undefined) return undefined;
  return (async function* () {
    yield await build();
  })();
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
