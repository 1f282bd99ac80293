import { expect, test } from 'vitest';
import { RULES } from '../../src/core/diagnostics/rules.js';
import { runCli } from '../support/cli.js';
import { errorOutput } from '../support/messages/output.js';

const ICON = RULES['install/icon'];

test('explain prints a rule, its severities, its reason and how to keep it', async () => {
  expect(await runCli(['explain', 'install/icon'])).toEqual({
    code: 0,
    stdout: `install/icon (error or warning)\nRule: ${ICON.rule}\nWhy: ${ICON.reason}\nFix: ${ICON.fix}\n`,
    stderr: '',
  });
});

test('explain without a rule lists all of them', async () => {
  const { code, stdout, stderr } = await runCli(['explain']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.trimEnd().split('\n');
  expect(lines.map((line) => line.split(/ +/)[0])).toEqual(Object.keys(RULES));
  expect(lines.find((line) => line.startsWith('install/icon '))).toMatch(new RegExp(` {2,}${ICON.rule}$`));
});

test('explain --json prints rules for programs', async () => {
  const { stdout } = await runCli(['explain', '--json', 'install/icon']);
  expect(JSON.parse(stdout)).toEqual({ version: 1, rules: [{ id: 'install/icon', ...ICON }] });
  const all = await runCli(['explain', '--json']);
  expect(JSON.parse(all.stdout).rules).toHaveLength(Object.keys(RULES).length);
});

test.each([
  ['install/icom', 'did you mean install/icon?'],
  ['java-memory', 'did you mean function/java-memory?'],
  ['icon', 'did you mean manifest/icon or install/icon?'],
  ['toString', 'list all rules with: appsctl explain'],
])('explain does not know %s: %s', async (id, hint) => {
  expect(await runCli(['explain', id])).toEqual({
    code: 2,
    stdout: '',
    stderr: errorOutput(`unknown rule "${id}"`, hint),
  });
});
