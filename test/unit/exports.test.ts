import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** A member that declaration files do not have, with its comment. */
const INTERNAL = /\/\*\*(?:(?!\*\/).)*@internal(?:(?!\*\/).)*\*\/\n[^;]*;/gs;

/** Every exported type of src, with the text of its declaration without comments. */
function declaredTypes(): Map<string, string> {
  const types = new Map<string, string>();
  for (const file of readdirSync(SRC, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const text = readFileSync(join(SRC, file), 'utf8').replace(INTERNAL, '');
    for (const part of text.split(/^(?=export )/m)) {
      const name = /^export (?:interface|type|class|abstract class) (\w+)/.exec(part)?.[1];
      if (name !== undefined) types.set(name, signature(part));
    }
  }
  return types;
}

/** A declaration up to the next one, without comments and function bodies. */
function signature(part: string): string {
  const [declaration = ''] = part
    .replace(/\/\*\*.*?\*\//gs, '')
    .split(/^(?:function|const|class|interface|type) /m);
  return declaration;
}

test('the library exports every type that its exports use', () => {
  const index = readFileSync(join(SRC, 'index.ts'), 'utf8');
  const exported = new Set(index.match(/\b[A-Z]\w+\b/g));
  const types = declaredTypes();
  const missing = [...exported].flatMap((name) => {
    const used = types.get(name)?.match(/\b[A-Z]\w+\b/g) ?? [];
    return used
      .filter((other) => types.has(other) && !exported.has(other))
      .map((other) => `${other} (in ${name})`);
  });
  expect(missing).toEqual([]);
});
