import { join, relative, sep } from 'node:path';
import { type BundlingRequest, filesBesides, planBundling } from '../core/bundle/code-bundling.js';
import { bundleCode, type CodeToBundle } from './bundle-code.js';

/** A function with the files that are packaged without bundling: by path in the archive, the real path of the source. */
export interface FunctionToBundle
  extends BundlingRequest,
    Pick<CodeToBundle, 'folder' | 'isExcluded' | 'findings' | 'env' | 'signal'> {
  /** The places in the archive to which the settings map sources; undefined without settings. */
  readonly places?: Iterable<string> | undefined;
}

/** A file of an archive: the path of its source, or its content. */
export type FileContent = string | Uint8Array;

/**
 * Bundles the code of a function if its settings or its files ask for it.
 *
 * @returns the files of the archive, by path: those of the function, or the bundled code and what is packaged with it
 * @throws AppsctlError INVALID_BUNDLE if the code is to be bundled and cannot be; INTERRUPTED once the signal is aborted
 */
export async function bundleFunction(item: FunctionToBundle): Promise<ReadonlyMap<string, FileContent>> {
  const { name, runtime, folder, files, places, isExcluded, findings, env, signal } = item;
  const plan = planBundling(item);
  if (plan === undefined) return files;
  const entryFile = files.get(plan.entry) ?? join(folder, plan.entry);
  const entry = relative(folder, entryFile).split(sep).join('/');
  const { handlerPath } = plan;
  const code = await bundleCode({
    ...{ name, folder, entry, handlerPath, runtime, isExcluded, findings, env, signal },
  });
  const content = new Map<string, FileContent>(code);
  for (const file of filesBesides(plan.entry, files.keys(), places)) {
    const source = files.get(file);
    if (source !== undefined && !content.has(file)) content.set(file, source);
  }
  return content;
}
