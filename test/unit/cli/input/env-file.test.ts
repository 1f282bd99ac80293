import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEnvFile } from '../../../../src/cli/input/env-file.js';
import { AppsctlError } from '../../../../src/core/diagnostics/error.js';
import { USAGE } from '../../../support/messages/usage.js';

const parse = (text: string) => parseEnvFile('my.env', Buffer.from(text));

function failure(content: string | Uint8Array): AppsctlError {
  try {
    parseEnvFile('my.env', Buffer.from(content));
  } catch (error) {
    if (error instanceof AppsctlError) return error;
    throw error;
  }
  throw new Error('the file was accepted');
}

describe('a line of an env file', () => {
  test.each<[string, string, Record<string, string>]>([
    ['sets a variable', 'A1=x', { A1: 'x' }],
    ['may begin with export', 'export A1=x', { A1: 'x' }],
    ['may be indented', '  A1=x\n\t# comment', { A1: 'x' }],
    ['may set an empty value', 'A1=', { A1: '' }],
    ['may be empty or a comment', '\n  \n# A1=x\n#\nB1=y\n', { B1: 'y' }],
    ['keeps # in a value', 'DB_PASSWORD=abc#def', { DB_PASSWORD: 'abc#def' }],
    ['keeps # after a space in a value', 'P2=abc #def', { P2: 'abc #def' }],
    ['keeps spaces around a value', 'P10= spaced ', { P10: ' spaced ' }],
    ['keeps = and $ in a value', 'A1=a=b=$HOME', { A1: 'a=b=$HOME' }],
    ['keeps backslashes outside double quotes', "A1=a\\nb\nB1='a\\nb'", { A1: 'a\\nb', B1: 'a\\nb' }],
    ['keeps quotes within a value', 'A1=it\'s "so"', { A1: 'it\'s "so"' }],
    ['may quote a value', `A1="a b"\nB1='c "d"'\nC1=""`, { A1: 'a b', B1: 'c "d"', C1: '' }],
    ['has escapes in double quotes', 'A1="a\\nb \\"c\\" \\\\n"', { A1: 'a\nb "c" \\n' }],
    ['keeps what is not an escape', 'A1="C:\\temp \\$x"', { A1: 'C:\\temp \\$x' }],
    ['may end in a comment after a quoted value', `A1="x" # why\nB1='y'  `, { A1: 'x', B1: 'y' }],
    ['may end with CRLF or CR', 'A1=x\r\nB1="y"\r\nC1=z\rD1=', { A1: 'x', B1: 'y', C1: 'z', D1: '' }],
    ['may follow a byte order mark', '\ufeffA1=x\u2028', { A1: 'x\u2028' }],
    [
      'may be one of Object.prototype',
      'constructor=x\n__proto__=y',
      { constructor: 'x', ['__proto__']: 'y' },
    ],
  ])('%s', (_, text, expected) => {
    expect(Object.entries(parse(text))).toEqual(Object.entries(expected));
  });

  test.each<[string, string, string]>([
    ['without =', 'A1=x\nsecret', USAGE.notEnvLine('my.env', 2)],
    ['of YAML', 'TOKEN: secret', USAGE.notEnvLine('my.env', 1)],
    ['of JSON', '{"a": "secret"}', USAGE.notEnvLine('my.env', 1)],
    ['with a space before =', 'A1 =secret', USAGE.notEnvLine('my.env', 1)],
    ['with a name that is not one', '/secret+=', USAGE.notEnvLine('my.env', 1)],
    ['that only exports', 'export secret', USAGE.notEnvLine('my.env', 1)],
    ['that ends in a quoted value', 'A1="secret', 'my.env: line 1 has no closing "'],
    ['that goes on in the next', 'A1=x\r\nB1="secret\r\nC1="', 'my.env: line 2 has no closing "'],
    ['with an escaped closing quote', 'A1="secret\\"', 'my.env: line 1 has no closing "'],
    ['with one single quote', "A1='secret", "my.env: line 1 has no closing '"],
    ['with a quote within quotes', 'A1="a"secret"', 'my.env: line 1 has text after the closing "'],
    ["with '' within quotes", "A1='it''secret'", "my.env: line 1 has text after the closing '"],
    ['with a comment right after a quote', 'A1="x"#secret', 'my.env: line 1 has text after the closing "'],
    ['that sets a name again', 'A1=secret\n\nA1=secret', 'my.env: line 3 sets A1 again, after line 1'],
  ])('%s is invalid usage, and not repeated', (_, text, message) => {
    const error = failure(text);
    expect(error).toMatchObject({ code: 'USAGE', message });
    expect(error.hint).toMatch(/^[a-z]/);
    expect(`${error.message}${error.hint}`).not.toContain('secret');
  });
});

test('a file that is not UTF-8 is refused', () => {
  expect(failure(Buffer.from([0x41, 0x31, 0x3d, 0xe9]))).toMatchObject({
    code: 'USAGE',
    message: 'my.env is not UTF-8 text',
  });
});

test('a long value takes no more than time', () => {
  const long = 'x\\n'.repeat(2_000_000);
  expect(parse(`A1="${long}"`)['A1']).toHaveLength(4_000_000);
  expect(failure(`A1="${long}`).message).toBe('my.env: line 1 has no closing "');
});

test('any value without a line break comes back unchanged, as it is or in quotes', () => {
  const text = fc.string({ unit: 'grapheme' }).filter((value) => !/[\r\n]/.test(value));
  fc.assert(
    fc.property(text, (value) => {
      if (!/^['"]/.test(value)) expect(parse(`A1=${value}`)).toEqual({ A1: value });
      if (!value.includes("'")) expect(parse(`A1='${value}'`)).toEqual({ A1: value });
      const escaped = value.replace(/[\\"]/g, '\\$&');
      expect(parse(`A1="${escaped}"`)).toEqual({ A1: value });
    }),
  );
});
