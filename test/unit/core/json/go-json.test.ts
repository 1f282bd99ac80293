import { describe, expect, test } from 'vitest';
import { goJson, withSortedKeys } from '../../../../src/core/json/go-json.js';
import type { JsonValue } from '../../../../src/core/json/strict-json.js';

describe('goJson', () => {
  test.each<[JsonValue, string]>([
    ['<a href="x">&\u2028\u2029</a>', '"\\u003ca href=\\"x\\"\\u003e\\u0026\\u2028\\u2029\\u003c/a\\u003e"'],
    ['\u0000\b\t\n\u000b\f\r\u001f\u007f', '"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f\u007f"'],
    ['ä😀\\/', '"ä😀\\\\/"'],
    [-0, '-0'],
    [1e21, '1e+21'],
    [1e-7, '1e-7'],
    [123456789012345680, '123456789012345680'],
    [Number.POSITIVE_INFINITY, '1e999'],
    [Number.NEGATIVE_INFINITY, '-1e999'],
    [0, '0'],
    ['', '""'],
    [[true, false, null, []], '[true,false,null,[]]'],
    [
      new Map<string, JsonValue>([
        ['b', 1],
        ['a', new Map()],
      ]),
      '{"b":1,"a":{}}',
    ],
  ])('%j', (value, text) => expect(goJson(value)).toBe(text));

  test('indents like MarshalIndent', () => {
    const value = new Map<string, JsonValue>([
      ['a', new Map()],
      ['b', [1, new Map([['c', 'd']])]],
    ]);
    expect(goJson(value, '\t')).toBe('{\n\t"a": {},\n\t"b": [\n\t\t1,\n\t\t{\n\t\t\t"c": "d"\n\t\t}\n\t]\n}');
  });
});

test('withSortedKeys sorts keys at every depth and does not reorder lists', () => {
  const value = new Map<string, JsonValue>([
    [
      'z',
      [
        2,
        new Map<string, JsonValue>([
          ['y', 1],
          ['x', [1]],
        ]),
      ],
    ],
    ['a', null],
  ]);
  expect(goJson(withSortedKeys(value))).toBe('{"a":null,"z":[2,{"x":[1],"y":1}]}');
});

test.each<[JsonValue]>([[null], [false], [0], [''], [[2, 1]]])('withSortedKeys copies %j', (value) => {
  expect(withSortedKeys(value)).toEqual(value);
});
