import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { goJson } from '../../../../src/core/json/go-json.js';
import { JsonSyntaxError, parseStrictJson } from '../../../../src/core/json/strict-json.js';
import { JSON_PROBLEM } from '../../../support/messages/bundle.js';

const parse = (text: string) => parseStrictJson(Buffer.from(text));

describe('parseStrictJson', () => {
  test.each([
    ['{}', new Map()],
    [' [ 1 , -0.5e+2 , true , null ] ', [1, -50, true, null]],
    ['{"a":{"b":[{}]}}', new Map([['a', new Map([['b', [new Map()]]])]])],
    ['"\\u00e4\\ud83d\\ude00\\n\\/"', 'ä😀\n/'],
    [
      '{"__proto__":1,"constructor":2}',
      new Map([
        ['__proto__', 1],
        ['constructor', 2],
      ]),
    ],
    ['[1e400,-1e400,1e-400]', [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]],
    ['"\u007f\u0080"', '\u007f\u0080'],
    ['"\\ud7ff\\ue000"', '\ud7ff\ue000'],
    ['"\\ud800\\udc00\\uDBFF\\uDFFF"', '\u{10000}\u{10ffff}'],
    ['"\\"\\\\\\b\\f\\r\\t"', '"\\\b\f\r\t'],
    [
      '\t\r\n{ "a" : "//" , "b" : [ ] }\n',
      new Map<string, unknown>([
        ['a', '//'],
        ['b', []],
      ]),
    ],
  ])('reads %s', (text, value) => expect(parse(text)).toEqual(value));

  test.each<[string, string, number, number]>([
    ['', JSON_PROBLEM.endsEarly, 1, 1],
    ['{', JSON_PROBLEM.endsEarly, 1, 2],
    ['[', JSON_PROBLEM.endsEarly, 1, 2],
    ['{"a":', JSON_PROBLEM.endsEarly, 1, 6],
    ['{"a":1,', JSON_PROBLEM.endsEarly, 1, 8],
    ['[1,', JSON_PROBLEM.endsEarly, 1, 4],
    ['{"a":1', `${JSON_PROBLEM.endsEarly}: "}" is missing`, 1, 7],
    ['[1\n', `${JSON_PROBLEM.endsEarly}: "]" is missing`, 2, 1],
    // A trailing comma
    ['{"a":1,}', 'a comma before "}" is not allowed in JSON', 1, 7],
    ['{\n  "a": 1,\n}', 'a comma before "}" is not allowed in JSON', 2, 9],
    ['[1,]', 'a comma before "]" is not allowed in JSON', 1, 3],
    ['[\n1 ,\n\n]', 'a comma before "]" is not allowed in JSON', 2, 3],
    ['[1,}', 'expected a value', 1, 4],
    ['{"a":1,]', 'expected an object key in double quotes', 1, 8],
    ['[,1]', 'expected a value', 1, 2],
    ['[1,,2]', 'expected a value', 1, 4],
    // A comment
    ['// a\n{}', JSON_PROBLEM.comment, 1, 1],
    ['{\n  /* a */ "a": 1}', JSON_PROBLEM.comment, 2, 3],
    ['{"a"/**/:1}', JSON_PROBLEM.comment, 1, 5],
    ['{"a":1, // b\n"b":2}', JSON_PROBLEM.comment, 1, 9],
    ['[1 // b\n]', JSON_PROBLEM.comment, 1, 4],
    ['{} // a', JSON_PROBLEM.comment, 1, 4],
    ['/', 'expected a value', 1, 1],
    ['[/1]', 'expected a value', 1, 2],
    ['[*/1]', 'expected a value', 1, 2],
    // A missing comma
    ['{"a":1\n  "b":2}', 'a comma is missing', 1, 7],
    ['{"a":1\n\n}\n"b"', JSON_PROBLEM.textAfter, 4, 1],
    ['["a""b"]', 'a comma is missing', 1, 5],
    ['[[1][2]]', 'a comma is missing', 1, 5],
    ['[{}{}]', 'a comma is missing', 1, 4],
    ['[1 2]', 'a comma is missing', 1, 3],
    ['[1 -2]', 'a comma is missing', 1, 3],
    ['[true\nfalse]', 'a comma is missing', 1, 6],
    ['[1 ;2]', 'a comma or "]" is missing', 1, 4],
    ['[1}', 'a comma or "]" is missing', 1, 3],
    ['{"a":1]', 'a comma or "}" is missing', 1, 7],
    ['[01]', 'a comma or "]" is missing', 1, 3],
    ['[1.]', 'a comma or "]" is missing', 1, 3],
    ['[1-]', 'a comma or "]" is missing', 1, 3],
    // A string that is not closed
    ['"a', 'a string is not closed', 1, 1],
    ['{"a":"b}', 'a string is not closed', 1, 6],
    ['{"a', 'a string is not closed', 1, 2],
    ['{\n "a":"b,\n "c":1}', 'a string is not closed before the end of its line', 2, 6],
    ['{\n "a:1\r\n}', 'a string is not closed before the end of its line', 2, 2],
    ['{"a" 1}', 'a colon is missing after an object key', 1, 6],
    ['{"a"', 'a colon is missing after an object key', 1, 5],
    ["{'a':1}", 'expected an object key in double quotes', 1, 2],
    ['{1:1}', 'expected an object key in double quotes', 1, 2],
    ["['a']", 'a string must be in double quotes', 1, 2],
    ['01', JSON_PROBLEM.textAfter, 1, 2],
    ['+1', 'expected a value', 1, 1],
    ['.5', 'expected a value', 1, 1],
    ['NaN', 'expected a value', 1, 1],
    ['nul', 'expected a value', 1, 1],
    ['"a\tb"', 'a control character in a string must be escaped', 1, 3],
    ['"\\x"', 'invalid escape sequence in a string', 1, 2],
    ['"\\', 'invalid escape sequence in a string', 1, 2],
    ['"\\u12"', 'invalid escape sequence in a string', 1, 2],
    ['"\\u123g"', 'invalid escape sequence in a string', 1, 2],
    ['"\\ud800"', JSON_PROBLEM.loneSurrogate, 1, 2],
    ['"\\udbff\\n"', JSON_PROBLEM.loneSurrogate, 1, 2],
    ['"\\ud800\\udbff"', JSON_PROBLEM.loneSurrogate, 1, 2],
    ['"\\ud800\\ue000"', JSON_PROBLEM.loneSurrogate, 1, 2],
    ['"\\udc00"', JSON_PROBLEM.loneSurrogate, 1, 2],
    ['"\\udfff"', JSON_PROBLEM.loneSurrogate, 1, 2],
    ['{"a":1,"a":2}', JSON_PROBLEM.repeatedKey('a'), 1, 8],
    ['{"a":1}\n{}', JSON_PROBLEM.textAfter, 2, 1],
    ['{}\0', JSON_PROBLEM.textAfter, 1, 3],
    ['\ufeff{}', JSON_PROBLEM.byteOrderMark, 1, 1],
  ])('rejects %j', (text, message, line, column) => {
    expect(() => parse(text)).toThrow(new JsonSyntaxError(`${message} (line ${line}, column ${column})`));
  });

  test('rejects invalid UTF-8', () => {
    expect(() => parseStrictJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow(JSON_PROBLEM.notUtf8);
  });

  test('nests as deeply as Go, and no deeper', () => {
    expect(goJson(parse('['.repeat(10_000) + ']'.repeat(10_000)))).toHaveLength(20_000);
    for (const depth of [10_001, 100_000]) {
      expect(() => parse('['.repeat(depth) + ']'.repeat(depth))).toThrow(JSON_PROBLEM.deepNesting);
      expect(() => parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)).toThrow(JSON_PROBLEM.deepNesting);
    }
  });

  test('agrees with JSON.parse on everything that JSON.stringify writes', () => {
    const plain = (value: unknown): unknown =>
      value instanceof Map
        ? Object.fromEntries([...value].map(([key, inner]) => [key, plain(inner)]))
        : Array.isArray(value)
          ? value.map(plain)
          : value;
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), fc.boolean(), (value, spaced) => {
        const text = JSON.stringify(value, undefined, spaced ? 2 : 0);
        // Lone surrogates, which JSON.stringify escapes, are rejected: see the table above.
        fc.pre(!/\\ud[89a-f]/i.test(text) && !text.includes('__proto__'));
        expect(plain(parse(text))).toEqual(JSON.parse(text));
      }),
    );
  });
});
