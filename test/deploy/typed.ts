import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type KubernetesObject, ROOT } from './kubernetes.js';

const exec = promisify(execFile);

/**
 * What the types of Kubernetes object to in objects: such as unknown fields, which its validators accept. The types see
 * object literals, so that the objects are written as TypeScript and compiled.
 */
export async function typeErrors(objects: readonly KubernetesObject[]): Promise<string[]> {
  await mkdir(join(ROOT, 'build'), { recursive: true });
  const folder = await mkdtemp(join(ROOT, 'build/kubernetes-'));
  try {
    const files = objects.map(async (object, index) => {
      const { apiVersion, kind } = object;
      const module = `kubernetes-models/${apiVersion}/${kind}`;
      const text = `import type { I${kind} } from '${module}';\nexport default ${JSON.stringify(object)} satisfies I${kind};\n`;
      await writeFile(join(folder, `${kind}-${index}.ts`), text);
    });
    await Promise.all(files);
    const config = {
      extends: '../../tsconfig.json',
      compilerOptions: { rootDir: ROOT, types: [] },
      include: ['*.ts'],
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    await exec(process.execPath, [tsc, '--project', folder, '--pretty', 'false']);
    return [];
  } catch (error) {
    if (!(error instanceof Error && 'stdout' in error)) throw error;
    return String(error.stdout).split('\n').filter(Boolean);
  } finally {
    await rm(folder, { recursive: true });
  }
}
