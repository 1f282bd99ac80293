import { describe, expect, test } from 'vitest';
import { describeFailure, parseCallResponse } from '../../../../src/core/app-call/call-response.js';
import type { AppsctlError } from '../../../../src/core/diagnostics/error.js';
import { AWS_HINT } from '../../../support/messages/aws.js';

const FN = { app: 'com.example.app', name: 'fn' };
const PONG = '{"type":"ok","text":"PONG"}';
const respond = (fields: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ statusCode: 200, headers: {}, isBase64Encoded: false, body: PONG, ...fields });

describe('the response of a function', () => {
  test.each([
    ['with all fields', respond({})],
    ['with only status and body', JSON.stringify({ statusCode: 200, body: PONG })],
    ['with unknown fields', respond({ multiValueHeaders: {} })],
    ['with headers that are null', respond({ headers: null })],
    ['with a header that is null', respond({ headers: { a: null } })],
    ['with text after the JSON of the body', respond({ body: `${PONG} and more` })],
    ['with whitespace around the JSON', ` ${respond({ body: ` \n${PONG}\t` })} `],
    [
      'with keys in another case',
      `{"STATUSCODE":200,"Body":${JSON.stringify('{"TYPE":"ok","Text":"PONG"}')}}`,
    ],
    [
      'with a repeated key, the last of which counts',
      `{"statusCode":500,"StatusCode":200,"body":${JSON.stringify(PONG)}}`,
    ],
    [
      'with a null that leaves the earlier value',
      `{"statusCode":200,"statuscode":null,"body":${JSON.stringify(PONG)}}`,
    ],
    ['with data of any kind', respond({ body: '{"type":"ok","text":"PONG","data":[1]}' })],
  ])('%s is read', (_, payload) => {
    expect(parseCallResponse(FN, payload)).toEqual({ type: 'ok', text: 'PONG' });
  });

  test('a body of null is an empty response', () => {
    expect(parseCallResponse(FN, respond({ body: 'null' }))).toEqual({ type: '', text: '' });
  });

  const invalid = /^function fn did not return a Mattermost app response: /;
  test.each<[string, string, RegExp]>([
    [
      'another status',
      respond({ statusCode: 500, body: 'out of memory' }),
      /status 500, not 200: out of memory$/,
    ],
    ['another successful status', respond({ statusCode: 201 }), /status 201, not 200/],
    ['a long body', respond({ statusCode: 404, body: 'x'.repeat(1000) }), /not 200: x{200}$/],
    ['no status', JSON.stringify({ body: PONG }), invalid],
    ['a status that is a string', respond({ statusCode: '200' }), invalid],
    [
      'Base64',
      respond({ isBase64Encoded: true, body: Buffer.from(PONG).toString('base64') }),
      /Base64-encoded body/,
    ],
    ['Base64 that is JSON', respond({ isBase64Encoded: true }), /Base64-encoded body/],
    ['a status with a fraction', '{"statusCode":200.0,"body":"{}"}', invalid],
    ['a status with an exponent', '{"statusCode":2e2,"body":"{}"}', invalid],
    [
      'a repeated status, the last of which counts',
      '{"statusCode":200,"STATUSCODE":404,"body":"{}"}',
      /status 404/,
    ],
    ['a header that is not a string', respond({ headers: { 'Content-Length': 14 } }), invalid],
    ['headers that are a list', respond({ headers: [] }), invalid],
    ['text after the response', `${respond({})} and more`, invalid],
    ['a body that is null instead of a string', respond({ body: null }), invalid],
    ['an empty body', respond({ body: '' }), invalid],
    ['a truncated body', respond({ body: '{"type":"ok"' }), invalid],
    ['a type that is not a string', respond({ body: '{"type":1}' }), invalid],
    ['a text that is not a string', respond({ body: '{"type":"ok","text":["PONG"]}' }), invalid],
    ['a form that is not an object', respond({ body: '{"type":"form","form":"x"}' }), invalid],
    ['a flag that is not a boolean', respond({ body: '{"refresh_bindings":"yes"}' }), invalid],
    ['no body', JSON.stringify({ statusCode: 200 }), invalid],
    ['a body that is not an object', respond({ body: '"PONG"' }), invalid],
    ['a body that is not JSON', respond({ body: 'PONG' }), invalid],
    ['the call response itself', PONG, invalid],
    ['null', 'null', invalid],
    ['an empty payload', '', invalid],
  ])('%s is an error', (_, payload, message) => {
    expect(() => parseCallResponse(FN, payload)).toThrow(
      expect.objectContaining({ code: 'FUNCTION_FAILED', message: expect.stringMatching(message) }),
    );
  });

  test('the hint says how to fix Base64, or where the log is', () => {
    const hintFor = (payload: string): unknown => {
      try {
        return parseCallResponse(FN, payload);
      } catch (error) {
        return (error as AppsctlError).hint;
      }
    };
    expect(hintFor(respond({ isBase64Encoded: true }))).toBe(
      'return "isBase64Encoded": false and the body as text',
    );
    expect(hintFor('null')).toBe(AWS_HINT.functionLog("readLogs('com.example.app')"));
  });

  test('a long payload is quoted in part', () => {
    expect(() => parseCallResponse(FN, 'x'.repeat(1000))).toThrow(/: x{200}$/);
  });
});

test.each([
  [
    '{"errorType":"TypeError","errorMessage":"x is not a function","trace":["…"]}',
    'TypeError: x is not a function',
  ],
  ['{"errorMessage":"Task timed out"}', 'Task timed out'],
  ['{"errorMessage":"no module\\nRequire stack:\\n- index.js"}', 'no module Require stack: - index.js'],
  ['{"errorType":1}', '{"errorType":1}'],
  ['null', 'null'],
  ['not JSON', 'not JSON'],
  [JSON.stringify({ errorMessage: 'x'.repeat(1000) }), 'x'.repeat(500)],
])('the failure %s is described', (payload, expected) => {
  expect(describeFailure(payload)).toBe(expected);
});
