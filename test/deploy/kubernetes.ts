import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { ICronJob } from 'kubernetes-models/batch/v1/CronJob';
import type { IPodTemplateSpec } from 'kubernetes-models/v1/PodTemplateSpec';
import { parseAllDocuments } from 'yaml';

const exec = promisify(execFile);

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const KUBERNETES = join(ROOT, 'deploy/kubernetes');

/** An object of Kubernetes, as its API takes it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
}

/** @throws if the text is not plain YAML */
export function parseYaml<T>(text: string): T[] {
  return parseAllDocuments(text).map((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw problem;
    return document.toJS() as T;
  });
}

/** The names of the YAML files below `deploy/kubernetes`. */
export async function yamlFiles(): Promise<string[]> {
  const names = await readdir(KUBERNETES, { recursive: true });
  return names.filter((name) => name.endsWith('.yaml')).sort();
}

/** Whether a program is on PATH, or where an environment variable says. */
export async function isInstalled(program: string, ...args: string[]): Promise<boolean> {
  return exec(program, args).then(
    () => true,
    () => false,
  );
}

/** What `kubectl apply --kustomize` would apply for a `kustomization.yaml` that names files relative to `deploy/kubernetes`. */
export async function render(kustomization: string): Promise<KubernetesObject[]> {
  const folder = await mkdtemp(join(tmpdir(), 'appsctl-kustomize-'));
  try {
    // The paths in it must be relative.
    const text = kustomization.replaceAll('deploy/kubernetes', relative(folder, KUBERNETES));
    await writeFile(join(folder, 'kustomization.yaml'), text);
    const { stdout } = await exec('kubectl', ['kustomize', folder]);
    return parseYaml<KubernetesObject>(stdout);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A kustomization of an overlay, or of the base, with components. */
export function kustomization(folder: string, components: readonly string[] = []): string {
  return JSON.stringify({
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [`deploy/kubernetes/${folder}`],
    components: components.map((name) => `deploy/kubernetes/components/${name}`),
  });
}

/** The objects of files as they are, without kustomize. */
export async function readObjects(files: readonly string[]): Promise<KubernetesObject[]> {
  const texts = await Promise.all(files.map((file) => readFile(join(KUBERNETES, file), 'utf8')));
  return texts.flatMap((text) => parseYaml<KubernetesObject>(text));
}

/** The objects of one kind. */
export function ofKind<T>(objects: readonly KubernetesObject[], kind: string): T[] {
  return objects.filter((object) => object.kind === kind) as T[];
}

/** The pods that the objects make. */
export function pods(objects: readonly KubernetesObject[]): IPodTemplateSpec[] {
  return [
    ...ofKind<ICronJob>(objects, 'CronJob').map(({ spec }) => spec?.jobTemplate.spec?.template ?? {}),
    ...ofKind<IDeployment>(objects, 'Deployment').map(({ spec }) => spec?.template ?? {}),
  ];
}
