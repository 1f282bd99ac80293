import { readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { Deployment, type IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import { CronJob, type ICronJob } from 'kubernetes-models/batch/v1/CronJob';
import { type INetworkPolicy, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { ConfigMap, type IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { type IService, Service } from 'kubernetes-models/v1/Service';
import { type IServiceAccount, ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { describe, expect, test } from 'vitest';
import { runInProcess } from '../support/run-in-process.js';
import {
  isInstalled,
  KUBERNETES,
  type KubernetesObject,
  kustomization,
  ofKind,
  parseYaml,
  pods,
  ROOT,
  readObjects,
  render,
  yamlFiles,
} from './kubernetes.js';
import { typeErrors } from './typed.js';

/** The kinds of objects, with what checks them. The Prometheus Operator has a kind of its own. */
const VALIDATORS: Readonly<Record<string, new (data: never) => { validate(): void }>> = {
  ConfigMap,
  CronJob,
  Deployment,
  NetworkPolicy,
  Service,
  ServiceAccount,
};
const WATCH = ['watch', 'service-monitor'];
const PLACEHOLDER = `registry.invalid/appsctl@sha256:${'0'.repeat(64)}`;

const hasKubectl = await isInstalled('kubectl', 'version', '--client');
const files = await yamlFiles();
const guide = await readFile(join(ROOT, 'docs/deployer.md'), 'utf8');
/** The kustomization that the documentation shows, with all patches that it offers. */
const documented = [...guide.matchAll(/^ *```yaml\n(apiVersion: kustomize.*?| {2}- .*?)^ *```$/gms)]
  .map(([, text]) => text)
  .join('')
  .replaceAll('../appsctl/deploy/kubernetes', 'deploy/kubernetes');

/** What can be applied. Without kubectl, only the files as they are. */
async function combinations(): Promise<Map<string, KubernetesObject[]>> {
  const plain = files.filter((file) => !file.endsWith('kustomization.yaml'));
  const sets = new Map([['the files', await readObjects(plain)]]);
  if (!hasKubectl) return sets;
  const folders = ['base', 'overlays/eks-pod-identity', 'overlays/irsa'];
  const texts = new Map<string, string>([['the documented kustomization', documented]]);
  for (const folder of folders) {
    for (const components of [[], ['watch'], WATCH]) {
      texts.set([folder, ...components].join(' with '), kustomization(folder, components));
    }
  }
  const rendered = [...texts].map(async ([name, text]) => [name, await render(text)] as const);
  return new Map([...sets, ...(await Promise.all(rendered))]);
}
const sets = await combinations();
const all = [...sets.values()].flat();

function inSet(name: string): readonly KubernetesObject[] {
  const objects = sets.get(name);
  if (objects === undefined) throw new Error(`${name} is not rendered`);
  return objects;
}

/** The first object of a kind in a combination. */
function first<T>(set: string, kind: string): T {
  const [object] = ofKind<T>(inSet(set), kind);
  if (object === undefined) throw new Error(`${set} has no ${kind}`);
  return object;
}

test('every file is used', async () => {
  const kustomizations = files.filter((file) => file.endsWith('kustomization.yaml'));
  const used = await Promise.all(
    kustomizations.map(async (file) => {
      const [{ resources = [], patches = [] } = {}] = parseYaml<{
        resources?: string[];
        patches?: { path?: string }[];
      }>(await readFile(join(KUBERNETES, file), 'utf8'));
      const names = [...resources, ...patches.flatMap(({ path }) => path ?? [])];
      return names.map((name) => normalize(join(dirname(file), name)));
    }),
  );
  const others = files.filter((file) => !kustomizations.includes(file));
  expect(used.flat()).toEqual(expect.arrayContaining(others));
});

test.skipIf(!hasKubectl)('kubectl renders every combination of base, overlays and components', () => {
  expect(sets.size).toBe(1 + 1 + 3 * 3);
  expect(inSet('base').map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'ServiceAccount appsctl-deployer',
    'ConfigMap appsctl-deployer',
    'CronJob appsctl-deployer',
    'NetworkPolicy appsctl-deployer',
  ]);
  expect(inSet('overlays/irsa with watch').map(({ kind }) => kind)).not.toContain('CronJob');
});

describe.each([...sets])('%s', (_name, objects) => {
  test('is valid', () => {
    for (const object of objects) {
      if (object.kind === 'ServiceMonitor') continue;
      const Model = VALIDATORS[object.kind];
      if (Model === undefined) throw new Error(`nothing checks a ${object.kind}`);
      new Model(object as never).validate();
    }
  });

  test('runs pods with no rights that they do not need', () => {
    expect(pods(objects).length).toBeGreaterThan(0);
    for (const { spec } of pods(objects)) {
      expect(spec).toMatchObject({
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 120,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 10001,
          runAsGroup: 10001,
          seccompProfile: { type: 'RuntimeDefault' },
        },
      });
      for (const field of ['hostNetwork', 'hostPID', 'hostIPC', 'initContainers']) {
        expect(spec).not.toHaveProperty(field);
      }
      expect(spec?.containers).toHaveLength(1);
      for (const container of spec?.containers ?? []) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.image).toMatch(/@sha256:[0-9a-f]{64}$/);
        expect(container.resources?.requests).toEqual({
          cpu: expect.anything(),
          memory: expect.anything(),
          'ephemeral-storage': expect.anything(),
        });
        expect(container.resources?.limits).toEqual({
          memory: expect.anything(),
          'ephemeral-storage': expect.anything(),
        });
        expect(container.volumeMounts).toEqual([{ name: 'tmp', mountPath: '/tmp' }]);
      }
      expect(spec?.volumes).toEqual([{ name: 'tmp', emptyDir: { sizeLimit: '3Gi' } }]);
    }
  });

  test('lets nothing in but Prometheus, and only DNS, https and the agent of Pod Identity out', () => {
    const policies = ofKind<INetworkPolicy>(objects, 'NetworkPolicy');
    const rules = policies.flatMap(({ spec }) => [
      ...(spec?.ingress ?? []).flatMap(({ ports = [] }) => ports.map(({ port }) => `in ${port}`)),
      ...(spec?.egress ?? []).flatMap(({ ports = [], to = [] }) =>
        ports.map(({ port }) => ['out', ...to.flatMap(({ ipBlock }) => ipBlock?.cidr ?? []), port].join(' ')),
      ),
    ]);
    const expected = ['out 53', 'out 53', 'out 443'];
    if (policies.some(({ metadata }) => metadata?.name === 'appsctl-deployer-metrics'))
      expected.push('in 9464');
    if (policies.some(({ metadata }) => metadata?.name === 'appsctl-deployer-pod-identity')) {
      expected.push('out 169.254.170.23/32 80');
    }
    expect(rules.sort()).toEqual(expected.sort());
    // Without both types, what no rule allows would be allowed.
    const main = policies.find(({ metadata }) => metadata?.name === 'appsctl-deployer');
    expect(main?.spec?.policyTypes).toEqual(['Ingress', 'Egress']);
    for (const { spec } of policies) {
      for (const { metadata } of pods(objects)) {
        expect(metadata?.labels).toMatchObject(spec?.podSelector?.matchLabels ?? {});
      }
    }
  });

  test('refers to what exists', () => {
    const exists = (kind: string, name: string | undefined): boolean =>
      objects.some((object) => object.kind === kind && object.metadata.name === name);
    for (const { spec } of pods(objects)) {
      expect(exists('ServiceAccount', spec?.serviceAccountName)).toBe(true);
      const [config, secret, ...others] = spec?.containers[0]?.envFrom ?? [];
      expect(exists('ConfigMap', config?.configMapRef?.name)).toBe(true);
      expect({ secret, others }).toEqual({
        secret: { secretRef: { name: 'appsctl-deployer', optional: true } },
        others: [],
      });
    }
    for (const { spec } of ofKind<IService>(objects, 'Service')) {
      const deployments = ofKind<IDeployment>(objects, 'Deployment');
      expect(deployments.map((deployment) => deployment.spec?.template.metadata?.labels)).toEqual([
        expect.objectContaining(spec?.selector),
      ]);
      expect(spec?.ports?.map(({ targetPort }) => targetPort)).toEqual(['metrics']);
    }
    for (const monitor of ofKind<ServiceMonitor>(objects, 'ServiceMonitor')) {
      const { selector, endpoints, ...others } = monitor.spec;
      expect({ endpoints, others }).toEqual({
        endpoints: [{ port: 'metrics', interval: '30s' }],
        others: {},
      });
      const services = ofKind<IService>(objects, 'Service');
      expect(services.map(({ metadata }) => metadata?.labels)).toEqual([
        expect.objectContaining(selector.matchLabels),
      ]);
      expect(services[0]?.spec?.ports?.map(({ name }) => name)).toEqual(['metrics']);
    }
  });
});

interface ServiceMonitor {
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly endpoints: unknown;
  };
}

test('no field is misspelled', async () => {
  const typed = all.filter(({ kind }) => kind in VALIDATORS);
  const unique = new Map(typed.map((object) => [JSON.stringify(object), object]));
  const misspelled = structuredClone(first<ICronJob>('the files', 'CronJob'));
  Object.assign(misspelled.spec ?? {}, { startingDeadLineSeconds: 600 });
  const errors = await typeErrors([...unique.values(), misspelled as KubernetesObject]);
  expect(errors).toEqual([expect.stringMatching(/'"startingDeadLineSeconds"' does not exist/)]);
});

test('one run follows the other', () => {
  const { spec } = first<ICronJob>('the files', 'CronJob');
  expect(spec).toMatchObject({
    timeZone: 'Etc/UTC',
    concurrencyPolicy: 'Forbid',
    startingDeadlineSeconds: 600,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 3,
  });
  expect(spec?.schedule).toMatch(/^\d+ \* \* \* \*$/);
  const { activeDeadlineSeconds = 0, template, ...job } = spec?.jobTemplate.spec ?? {};
  expect(job).toEqual({ backoffLimit: 0, ttlSecondsAfterFinished: 86_400 });
  expect(template?.spec?.restartPolicy).toBe('Never');
  const minutes = /--max-duration=(\d+)m/.exec(template?.spec?.containers[0]?.args?.join(' ') ?? '')?.[1];
  expect(activeDeadlineSeconds).toBeGreaterThan(Number(minutes) * 60);
  expect(activeDeadlineSeconds).toBeLessThan(60 * 60);
});

test('the pod of watch is that of run, but for its command, its port and its probes', () => {
  const [run, watch] = pods(inSet('the files'));
  const [job] = run?.spec?.containers ?? [];
  const [{ args, ports, livenessProbe, readinessProbe, ...container } = { name: '' }] =
    watch?.spec?.containers ?? [];
  expect({ ...watch?.spec, restartPolicy: 'Never', containers: [{ ...container, args: job?.args }] }).toEqual(
    run?.spec,
  );
  expect(ports).toEqual([{ name: 'metrics', containerPort: 9464 }]);
  expect(args).toContain('--listen=:9464');
  for (const probe of [livenessProbe, readinessProbe]) {
    expect(probe?.httpGet).toEqual({ path: '/healthz', port: 'metrics' });
  }
  const { spec } = first<IDeployment>('the files', 'Deployment');
  expect(spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
});

test('there are no secrets in the files, and no values that could be taken for real ones', () => {
  expect(all.map(({ kind }) => kind)).not.toContain('Secret');
  const { data } = first<IConfigMap>('the files', 'ConfigMap');
  expect(new Set(Object.values(data ?? {}))).toEqual(new Set(['']));
  const images = pods(inSet('the files')).map(({ spec }) => spec?.containers[0]?.image);
  expect(new Set(images)).toEqual(new Set([PLACEHOLDER]));
});

test.skipIf(!hasKubectl)('only the overlay for it has the role of IRSA', () => {
  const role = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::000000000000:role/appsctl-deployer' };
  expect(first<IServiceAccount>('overlays/irsa', 'ServiceAccount').metadata?.annotations).toEqual(role);
  const { metadata } = first<IServiceAccount>('overlays/eks-pod-identity', 'ServiceAccount');
  expect(metadata).not.toHaveProperty('annotations');
});

describe('the program', () => {
  test.each(['run', 'watch'])('knows the flags of %s', async (command) => {
    const { stdout } = await runInProcess(['aws', 'deployer', command, '--help'], {});
    const flags = pods(all)
      .map(({ spec }) => spec?.containers[0]?.args ?? [])
      .filter(([group, program, name]) => group === 'aws' && program === 'deployer' && name === command)
      .flatMap((args) => args.slice(3).map((arg) => arg.replace(/=.*/, '')));
    expect(flags).not.toEqual([]);
    for (const flag of flags) expect(stdout).toMatch(new RegExp(`^ +(?:-., )?${flag}\\b`, 'm'));
  });

  test('reads every variable of the files and of the guide', async () => {
    const { stdout } = await runInProcess(['aws', 'deployer', 'run', '--help'], {});
    const texts = await Promise.all(files.map((file) => readFile(join(KUBERNETES, file), 'utf8')));
    const variables = new Set([...texts, kubernetesGuide()].join('\n').match(/\bMM_[A-Z0-9_]+\b/g));
    expect(variables.size).toBeGreaterThan(5);
    expect([...variables].filter((name) => !new RegExp(`^ +${name}\\b`, 'm').test(stdout))).toEqual([]);
  });
});

/** The chapter of the guide about Kubernetes. */
function kubernetesGuide(): string {
  return /^## Run it on Kubernetes$.*?(?=^## )/ms.exec(guide)?.[0] ?? '';
}

test.skipIf(!hasKubectl)('the documented kustomization sets all that is left to the reader', () => {
  const objects = inSet('the documented kustomization');
  expect(JSON.stringify(objects)).not.toMatch(/registry\.invalid|000000000000/);
  const { data = {} } = first<IConfigMap>('the documented kustomization', 'ConfigMap');
  expect(Object.values(data)).not.toContain('');
  const { data: placeholders = {} } = first<IConfigMap>('the files', 'ConfigMap');
  expect(Object.keys(data)).toEqual(expect.arrayContaining(Object.keys(placeholders)));
  const { metadata } = first<IServiceAccount>('the documented kustomization', 'ServiceAccount');
  expect(metadata).toMatchObject({
    namespace: 'mattermost-apps',
    annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/appsctl-deployer' },
  });
  expect(pods(objects)[0]?.spec?.containers[0]?.args?.at(-1)).toBe('--install');
});
