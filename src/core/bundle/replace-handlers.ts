import type { FunctionSource } from '../settings/package-settings.js';
import type { DeclaredFunction, PartialBundle } from './bundle.js';

/**
 * Replaces handlers and runtimes of the functions of a bundle. The manifest stays as it is: the server does not use them.
 *
 * @param sources by the names of functions
 */
export function replaceHandlers<Bundle extends PartialBundle>(
  bundle: Bundle,
  sources: ReadonlyMap<string, Pick<FunctionSource, 'handler' | 'runtime'>>,
): Bundle {
  const replace = <Item extends DeclaredFunction>(item: Item): Item => {
    const { handler = item.handler, runtime = item.runtime } = sources.get(item.name) ?? {};
    return { ...item, handler, runtime };
  };
  return { ...bundle, declared: bundle.declared.map(replace), functions: bundle.functions.map(replace) };
}
