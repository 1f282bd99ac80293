import { join } from 'node:path';
import { type BundlingRequest, filesBesides, planBundling } from '../core/bundle/code-bundling.js';
import { relativePath } from './app-paths.js';
import { bundleCode, type CodeToBundle } from './bundle-code.js';

/** A function with the files that are packaged without bundling: by path in the archive, the real path of the source. */
export interface FunctionToBundle
  extends BundlingRequest,
    Pick<CodeToBundle, 'app' | 'isExcluded' | 'findings' | 'env' | 'signal'> {
  /** The places in the archive to which the settings map sources; undefined without settings. */
  readonly places?: Iterable<string> | undefined;
}

/** A file of an archive: the path of its source, or its content. */
export type FileContent = string | Uint8Array;

/** The files of a function archive. */
export interface BundledFunction {
  /** By path: those of the function, or the bundled code and what is packaged besides it. */
  readonly files: ReadonlyMap<string, FileContent>;
  /** The real paths of the files that the bundled code was made of; undefined if the code is not bundled. */
  readonly inputs: ReadonlySet<string> | undefined;
}

/**
 * Bundles the code of a function if its settings or its files ask for it.
 *
 * @throws AppsctlError INVALID_BUNDLE if the code is to be bundled and cannot be; INTERRUPTED once the signal is aborted
 */
export async function bundleFunction(item: FunctionToBundle): Promise<BundledFunction> {
  const { name, runtime, app, files, places, isExcluded, findings, env, signal } = item;
  const plan = planBundling(item);
  if (plan === undefined) return { files, inputs: undefined };
  const entryFile = files.get(plan.entry) ?? join(app.realPath, plan.entry);
  const entry = relativePath(app.realPath, entryFile);
  const { handlerPath } = plan;
  const code = await bundleCode({
    ...{ name, app, entry, handlerPath, runtime, isExcluded, findings, env, signal },
  });
  const content = new Map<string, FileContent>(code.files);
  const inputs = new Set(code.inputs);
  for (const file of filesBesides(plan.entry, files.keys(), places)) {
    const source = files.get(file);
    if (source === undefined || content.has(file)) continue;
    content.set(file, source);
    inputs.add(source);
  }
  return { files: content, inputs };
}
