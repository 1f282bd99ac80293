import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { manifestSchema } from '../../src/core/manifest/schema.js';
import { settingsSchema } from '../../src/core/settings/schema.js';
import { EXAMPLE } from '../support/environment.js';
import { copyLayout, layoutNames } from '../support/temp-app.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The JSON schema, as editors read it: most of them know draft 7. */
function toJsonSchema(title: string, schema: z.core.$ZodType): string {
  return `${JSON.stringify({ title, ...z.toJSONSchema(schema, { target: 'draft-7' }) }, undefined, 2)}\n`;
}

describe('the JSON schemas are those of the code (--update=all writes them)', () => {
  test.each([
    ['schemas/appsctl.schema.json', 'Settings of a Mattermost App for appsctl', settingsSchema],
    ['schemas/manifest.schema.json', 'Manifest of a Mattermost App', manifestSchema],
  ])('%s', async (file, title, schema) => {
    await expect(toJsonSchema(title, schema)).toMatchFileSnapshot(join(root, file));
  });
});

/** Where the schema refuses a file, as paths. */
async function refusals(schema: z.core.$ZodType, file: string): Promise<string[]> {
  const result = z.safeParse(schema, JSON.parse(await readFile(file, 'utf8')));
  return result.error?.issues.map(({ path }) => path.join('.')) ?? [];
}

test.each(await layoutNames())('the schemas accept the files of the app %s', async (name) => {
  await using app = await copyLayout(name);
  const settings = join(app.path, 'appsctl.json');
  expect(await refusals(settingsSchema, settings)).toEqual([]);
  const { manifest = 'manifest.json' } = JSON.parse(await readFile(settings, 'utf8'));
  expect(await refusals(manifestSchema, join(app.path, manifest))).toEqual([]);
});

test('the schema of the manifest accepts the example app, and refuses what the server ignores', async () => {
  const example = JSON.parse(await readFile(join(EXAMPLE, 'manifest.json'), 'utf8'));
  expect(z.safeParse(manifestSchema, example).success).toBe(true);
  for (const change of [
    { requested_permision: [] },
    { requested_permissions: ['act_as_bott'] },
    { requested_locations: ['/comand'] },
    { remote_webhook_auth_type: 'jwt' },
    { on_install: { path: '/install', expand: { acting_usr: 'all' } } },
    { on_install: { path: '/install', expand: { acting_user: 'al' } } },
    { aws_lambda: { functions: [{ path: '/', name: 'hello', handler: 'index.handler' }] } },
  ]) {
    expect(z.safeParse(manifestSchema, { ...example, ...change }).success).toBe(false);
  }
});
