import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT } from './kubernetes.js';

const exec = promisify(execFile);

interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** Reads a Dockerfile: comments are left out, continued lines joined. */
async function readDockerfile(): Promise<Instruction[]> {
  const text = await readFile(join(ROOT, 'deploy/Dockerfile'), 'utf8');
  const lines = text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter(Boolean);
  return lines.map((line) => {
    const [, name = '', rest = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    return { name, text: rest };
  });
}
const instructions = await readDockerfile();
const { version, bin } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
const VERSIONED = `appsctl-${version}.tgz`;

function texts(name: string): string[] {
  return instructions.filter((instruction) => instruction.name === name).map(({ text }) => text);
}

/** The instructions of the last stage, which are those of the image. */
function image(): Instruction[] {
  return instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));
}

test('both stages are of one Node.js image, by its digest', () => {
  expect(instructions[0]).toEqual({
    name: 'ARG',
    text: expect.stringMatching(
      /^NODE_IMAGE=docker\.io\/library\/node:24\.\d+\.\d+-slim@sha256:[0-9a-f]{64}$/,
    ),
  });
  expect(texts('FROM')).toEqual(['--platform=$BUILDPLATFORM ${NODE_IMAGE} AS install', '${NODE_IMAGE}']);
});

test('only the packed package and the lockfile come in', async () => {
  expect(texts('ADD')).toEqual([]);
  const copied = texts('COPY').filter((text) => !text.startsWith('--from'));
  expect(copied).toEqual(['appsctl-${VERSION}.tgz /tmp/appsctl.tgz', 'package-lock.json ./']);
  const ignored = await readFile(join(ROOT, 'deploy/Dockerfile.dockerignore'), 'utf8');
  expect(ignored).toBe('*\n!appsctl-*.tgz\n!package-lock.json\n');
});

test('the package has the name that npm gives it', async () => {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { stdout } = await exec('npm', args, { cwd: ROOT });
  // A list, from npm 12 on an object.
  const [packed] = Object.values(JSON.parse(stdout) as Record<string, { filename: string }>);
  expect(packed?.filename).toBe(VERSIONED);
});

test('the packages are those of the lockfile, and run on every architecture', async () => {
  expect(texts('RUN').at(-1)).toBe('npm ci --omit=dev --ignore-scripts --no-audit --no-fund');
  const { packages } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; os?: unknown; cpu?: unknown; hasInstallScript?: boolean }>;
  };
  const special = Object.entries(packages).filter(
    ([, { dev, os, cpu, hasInstallScript }]) => !dev && (os || cpu || hasInstallScript),
  );
  expect(special.map(([name]) => name)).toEqual([]);
});

test('the image runs appsctl without a shell, and not as root', () => {
  expect(image().map(({ name }) => name)).toEqual([
    'FROM',
    'ARG',
    'LABEL',
    'ENV',
    'COPY',
    'USER',
    'ENTRYPOINT',
  ]);
  expect(texts('USER')).toEqual(['10001:10001']);
  expect(texts('COPY').at(-1)).toBe('--from=install /app /app');
  expect(texts('ENTRYPOINT')).toEqual([`["node", "/app/${bin.appsctl}"]`]);
  expect(texts('ENV').join(' ')).toContain('NODE_ENV=production');
});

test('the image is labelled', () => {
  const labels = [...(texts('LABEL')[0] ?? '').matchAll(/org\.opencontainers\.image\.(\w+)="([^"]+)"/g)];
  expect(Object.fromEntries(labels.map(([, name, value]) => [name, value]))).toMatchObject({
    title: 'appsctl',
    version: '${VERSION}',
    licenses: 'Apache-2.0',
  });
});
