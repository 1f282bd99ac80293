import { chmod, mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type PassOutcome, passSamples } from '../../../src/core/deployer/metrics.js';
import { checkMetricsFile, updateMetricsFile } from '../../../src/metrics/metrics-file.js';
import { deployedBundle, PASS_START, passReport } from '../../support/pass-report.js';
import { tempFolders } from '../../support/temp-folder.js';

const newFolder = await tempFolders();

async function newFile(): Promise<string> {
  const folder = newFolder();
  await mkdir(folder);
  return join(folder, 'appsctl.prom');
}

function samplesOf(changes: Partial<PassOutcome>, environment = 'test') {
  const outcome = {
    startedAt: PASS_START,
    endedAt: PASS_START + 90_000,
    report: passReport(),
    undelivered: 0,
  };
  return passSamples({ ...outcome, ...changes }, { environment, version: '2.0.0' });
}

describe('the file with metrics', () => {
  test('is readable for all, and the only one in its folder', async () => {
    const file = await newFile();
    await checkMetricsFile(file);
    await updateMetricsFile(file, 'test', samplesOf({}));
    expect((await stat(file)).mode & 0o777).toBe(0o644);
    expect(await readdir(dirname(file))).toEqual(['appsctl.prom']);
    expect(await readFile(file, 'utf8')).toContain(
      'appsctl_deployer_bundles{environment="test",state="deployed"} 3\n',
    );
  });

  test('keeps the last success and counts on when a pass fails', async () => {
    const file = await newFile();
    await updateMetricsFile(
      file,
      'test',
      samplesOf({ report: passReport({ deployed: [deployedBundle()] }) }),
    );
    await updateMetricsFile(file, 'test', samplesOf({ report: undefined, endedAt: PASS_START + 1_000_000 }));
    await updateMetricsFile(file, 'test', samplesOf({ report: undefined, endedAt: PASS_START + 2_000_000 }));
    const text = await readFile(file, 'utf8');
    const seconds = PASS_START / 1000;
    for (const line of [
      `appsctl_deployer_last_success_timestamp_seconds{environment="test"} ${seconds + 90}`,
      `appsctl_deployer_last_run_timestamp_seconds{environment="test"} ${seconds + 2000}`,
      'appsctl_deployer_run_failed{environment="test"} 1',
      'appsctl_deployer_bundles{environment="test",state="deployed"} 3',
      'appsctl_deployer_deployments_total{environment="test",result="deployed"} 1',
    ])
      expect(text.split('\n')).toContain(line);
  });

  test('keeps nothing of another environment or program', async () => {
    const file = await newFile();
    await writeFile(file, 'node_load1 1\n', { mode: 0o600 });
    await updateMetricsFile(file, 'other', samplesOf({}, 'other'));
    await updateMetricsFile(file, 'test', samplesOf({ report: undefined }));
    const text = await readFile(file, 'utf8');
    expect(text).not.toMatch(/"other"|node_load1|last_success/);
    expect((await stat(file)).mode & 0o777).toBe(0o644);
  });

  test('is written whatever was in it', async () => {
    const file = await newFile();
    await writeFile(file, Buffer.from([0xff, 0xfe, 0, 10, 123]));
    await updateMetricsFile(file, 'test', samplesOf({}));
    expect(await readFile(file, 'utf8')).toMatch(/^# HELP appsctl_deployer_info /);
  });

  test.each<[string, (file: string) => Promise<unknown>, string, string]>([
    ['a folder', (file) => mkdir(file), 'USAGE', 'it is a folder'],
    ['a link', (file) => symlink('elsewhere', file), 'USAGE', 'it is not a regular file'],
    [
      'another kind of file',
      async (file) => {
        await writeFile(file, '');
        await truncate(file, 1_000_001);
      },
      'USAGE',
      'it is too large for a file with metrics',
    ],
  ])('cannot be %s', async (_, prepare, code, problem) => {
    const file = await newFile();
    await prepare(file);
    await expect(checkMetricsFile(file)).rejects.toMatchObject({
      ...{ code, message: `cannot write the metrics to ${file}: ${problem}` },
      hint: 'name another file with metrics.file',
    });
  });

  test('needs a folder', async () => {
    const file = join(await newFile(), 'appsctl.prom');
    const message = `cannot write the metrics to ${file}: its folder does not exist`;
    await expect(checkMetricsFile(file)).rejects.toMatchObject({ code: 'USAGE', message });
    await expect(updateMetricsFile(file, 'test', samplesOf({}))).rejects.toMatchObject({
      code: 'OUTPUT',
      message,
    });
  });

  test.skipIf(process.getuid?.() === 0)('needs a folder that can be written', async () => {
    const file = await newFile();
    await chmod(dirname(file), 0o500);
    await expect(checkMetricsFile(file)).rejects.toMatchObject({ code: 'OUTPUT' });
  });

  test('leaves nothing behind when it cannot be written', async () => {
    const file = await newFile();
    await mkdir(file);
    await expect(updateMetricsFile(file, 'test', samplesOf({}))).rejects.toMatchObject({ code: 'OUTPUT' });
    expect(await readdir(dirname(file))).toEqual(['appsctl.prom']);
  });
});
