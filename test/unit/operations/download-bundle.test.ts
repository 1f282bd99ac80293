import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AppsctlError } from '../../../src/core/diagnostics/error.js';
import type { Download, DownloadSource } from '../../../src/core/ports/download.js';
import { GIB } from '../../../src/core/units.js';
import { downloadBundle } from '../../../src/operations/download-bundle.js';
import { FakeClock } from '../../support/fake-clock.js';
import { DOWNLOAD } from '../../support/messages/bundle.js';
import { tempFolder } from '../../support/temp-folder.js';

const NAME = 'https://example.com/app.zip';
const CONTEXT = { clock: new FakeClock(1000), onEvent: () => {}, signal: undefined };

const temporary = join(await tempFolder(), 'temporary');
beforeEach(async () => {
  await mkdir(temporary);
  vi.stubEnv('TMPDIR', temporary);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(temporary, { recursive: true });
});

/** A source of which each download has these chunks, and fails with the error among them. */
function source(
  downloads: readonly (readonly (string | Error)[])[],
  length?: number,
  sha256?: string,
): DownloadSource {
  const left = [...downloads];
  async function* chunks(items: readonly (string | Error)[]): AsyncGenerator<Uint8Array> {
    for (const item of items) {
      if (item instanceof Error) throw item;
      yield Buffer.from(item);
    }
  }
  return {
    name: NAME,
    open: async (): Promise<Download> => ({ length, sha256, chunks: chunks(left.shift() ?? []) }),
  };
}

const broken = new AppsctlError('NETWORK', 'broken');

test('a second attempt replaces what the first one has written', async () => {
  const file = await downloadBundle(
    source([
      ['longer', broken],
      ['a', 'b'],
    ]),
    undefined,
    CONTEXT,
  );
  expect(await readFile(file.path, 'utf8')).toBe('ab');
  await file.remove();
  expect(await readdir(temporary)).toEqual([]);
});

test('there is no third attempt', async () => {
  await expect(downloadBundle(source([[broken], [broken], ['a']]), undefined, CONTEXT)).rejects.toBe(broken);
  expect(await readdir(temporary)).toEqual([]);
});

test.each<[string, string, number, string | undefined, string]>([
  ['a length', 'abc', 2, undefined, '3 of 2 bytes arrived'],
  [
    'a SHA-256',
    'xy',
    2,
    createHash('sha256').update('ab').digest('hex'),
    'what arrived has another SHA-256 than the sender states',
  ],
])(
  '%s that the sender states must be that of what arrives, at the second attempt',
  async (_, wrong, ...stated) => {
    const [length, sha256, reason] = stated;
    const file = await downloadBundle(source([[wrong], ['a', 'b']], length, sha256), undefined, CONTEXT);
    expect(await readFile(file.path, 'utf8')).toBe('ab');
    await file.remove();
    const failing = downloadBundle(source([[wrong], [wrong]], length, sha256), undefined, CONTEXT);
    await expect(failing).rejects.toMatchObject({
      code: 'NETWORK',
      message: `cannot download ${NAME}: ${reason}`,
    });
  },
);

test('what does not fit is not downloaded', async () => {
  const never = new Error('what does not fit is read');
  const download = downloadBundle(source([[never]], 2 ** 53), undefined, CONTEXT, { maxBytes: 2 ** 53 });
  await expect(download).rejects.toMatchObject({
    code: 'OUTPUT',
    message: expect.stringMatching(/: it needs \S+ MB, and \S+ MB are free$/),
  });
});

test('the folder of the temporary file can be chosen', async () => {
  const missing = join(temporary, 'missing');
  const download = downloadBundle(source([['a']]), undefined, CONTEXT, { folder: missing });
  await expect(download).rejects.toMatchObject({ code: 'OUTPUT', message: DOWNLOAD.notSaved(missing) });
});

test.each([
  ['that is not known beforehand', undefined],
  ['that is less than what arrives', 1],
])('a size %s is limited', async (_, length) => {
  const download = downloadBundle(source([['ab', 'cd']], length), undefined, CONTEXT, { maxBytes: 3 });
  await expect(download).rejects.toMatchObject({
    code: 'LIMIT',
    message: DOWNLOAD.tooLarge(NAME).replace('2 GiB', `${3 / GIB} GiB`),
  });
  expect(await readdir(temporary)).toEqual([]);
});

test('an interrupted download starts no request', async () => {
  const open = vi.fn();
  const download = downloadBundle({ name: NAME, open }, undefined, {
    ...CONTEXT,
    signal: AbortSignal.abort(),
  });
  await expect(download).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(open).not.toHaveBeenCalled();
});
