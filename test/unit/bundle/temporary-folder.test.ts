import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTemporaryFolder } from '../../../src/bundle/temporary-folder.js';
import { tempFolder } from '../../support/temp-folder.js';

const parent = await tempFolder();

test('a temporary folder is removed with what is in it, unless it is kept', async () => {
  const [removed, kept] = [1, 2].map(() => createTemporaryFolder(join(parent, '.part-')));
  for (const folder of [removed, kept]) await mkdir(join(folder?.path ?? '', 'content'));
  kept?.keep();
  await Promise.all([removed, kept].map((folder) => folder?.remove()));
  expect(await readdir(parent, { recursive: true })).toHaveLength(2);
  expect(await readdir(kept?.path ?? '')).toEqual(['content']);
});
