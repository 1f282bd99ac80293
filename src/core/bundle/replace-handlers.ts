import type { LambdaFunction, Manifest } from '../manifest/manifest.js';
import type { FunctionReplacement } from '../manifest/replace-functions.js';
import type { PartialBundle } from './bundle.js';

/**
 * Replaces handlers and runtimes of the functions of a bundle, also in its manifest, as packaging does.
 *
 * @param replacements by the names of functions
 */
export function replaceHandlers<Bundle extends PartialBundle>(
  bundle: Bundle,
  replacements: ReadonlyMap<string, FunctionReplacement>,
): Bundle {
  const replace = <Item extends { name: string; handler: string; runtime: string }>(item: Item): Item => {
    const { handler = item.handler, runtime = item.runtime } = replacements.get(item.name) ?? {};
    return { ...item, handler, runtime };
  };
  const { manifest } = bundle;
  return {
    ...bundle,
    manifest: manifest && replaceInManifest(manifest, replace),
    declared: bundle.declared.map(replace),
    functions: bundle.functions.map(replace),
  };
}

function replaceInManifest(manifest: Manifest, replace: (item: LambdaFunction) => LambdaFunction): Manifest {
  const { aws_lambda: lambda } = manifest;
  return { ...manifest, aws_lambda: lambda && { functions: lambda.functions.map(replace) } };
}
