import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeStruct, firstValue, GoDecodeError } from '../../../../src/core/json/go-decode.js';

describe('a field', () => {
  test.each<[string, Parameters<typeof decodeStruct>[1], unknown]>([
    ['{"a":"x"}', { a: 'string' }, 'x'],
    ['{"A":"x"}', { a: 'string' }, 'x'],
    ['{"\\u0061":"x"}', { a: 'string' }, 'x'],
    ['{"a":"x","b":1,"A":"y"}', { a: 'string' }, 'y'],
    ['{"a":"x","a":null}', { a: 'string' }, 'x'],
    ['{"a":null}', { a: 'string' }, undefined],
    ['null', { a: 'string' }, undefined],
    ['{}', { a: 'string' }, undefined],
    ['{"b":{"a":"x"}}', { a: 'string' }, undefined],
    ['{"b":"}\\"{","a":"x"}', { a: 'string' }, 'x'],
    ['{"b":[{"c":"]"}], "a" : "x" }', { a: 'string' }, 'x'],
    ['{"a":-12}', { a: 'int' }, -12],
    ['{"a":true}', { a: 'bool' }, true],
    ['{"a":{"x":"y","z":null}}', { a: 'strings' }, { x: 'y', z: null }],
    ['{"a":{"x":1}}', { a: 'object' }, { x: 1 }],
    ['{"a":[1]}', { a: 'any' }, [1]],
    ['{"\u017f":"x"}', { s: 'string' }, 'x'],
  ])('of %s is read', (text, types, value) => {
    expect(decodeStruct(text, types).get(Object.keys(types)[0] ?? '')).toEqual(value);
  });

  test.each<[string, Parameters<typeof decodeStruct>[1]]>([
    ['', {}],
    ['{', {}],
    ['{"a":}', {}],
    ['{} x', {}],
    ['[]', {}],
    ['"x"', {}],
    ['{"a":1}', { a: 'string' }],
    ['{"a":"1"}', { a: 'int' }],
    ['{"a":1.0}', { a: 'int' }],
    ['{"a":1e2}', { a: 'int' }],
    ['{"a":12345678901234567890}', { a: 'int' }],
    ['{"a":0}', { a: 'bool' }],
    ['{"a":{"x":1}}', { a: 'strings' }],
    ['{"a":"x"}', { a: 'strings' }],
    ['{"a":[]}', { a: 'object' }],
    // Each duplicate is decoded, although the last one counts.
    ['{"a":1,"a":"x"}', { a: 'string' }],
  ])('of %s is rejected', (text, types) => {
    expect(() => decodeStruct(text, types)).toThrow(GoDecodeError);
  });
});

test('firstValue returns the first value, whatever follows it', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom('', ' ', 'x', '}', ']', '"', ',', '{"a":1}'), (json, suffix) => {
      // Not a digit, which would change a number.
      expect(firstValue(` ${json}${suffix}`)).toBe(json);
    }),
  );
});

test.each(['', ' ', 'x', '}', '{', '[1', '"x', '{"a":"}'])('firstValue finds no value in %j', (text) => {
  expect(() => firstValue(text)).toThrow(GoDecodeError);
});

test('values of several MB are read or rejected', () => {
  const quotes = '\\"'.repeat(2_000_000);
  expect(firstValue(`{"a":"${quotes}"} x`).length).toBe(quotes.length + 8);
  expect(() => firstValue(`{"a":"${quotes}`)).toThrow(GoDecodeError);
  expect(() => decodeStruct('['.repeat(4_000_000), {})).toThrow(GoDecodeError);
});
