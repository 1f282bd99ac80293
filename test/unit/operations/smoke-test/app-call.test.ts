import { describe, expect, test } from 'vitest';
import { callPayload, parseCallResponse } from '../../../../src/operations/smoke-test/app-call.js';

const PONG = '{"type":"ok","text":"PONG"}';
const answer = (fields: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ statusCode: 200, headers: {}, isBase64Encoded: false, body: PONG, ...fields });

test('a call is an HTTP request in JSON', () => {
  expect(JSON.parse(callPayload('/ping'))).toEqual({
    path: '/ping',
    httpMethod: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"path":"/ping","context":{"app_id":"","mattermost_site_url":"","app_path":"","bot_user_id":"","oauth2":{}}}',
  });
});

describe('the answer of a function', () => {
  test.each([
    ['with everything', answer({})],
    ['with status and body alone', JSON.stringify({ statusCode: 200, body: PONG })],
    ['with more than is known', answer({ multiValueHeaders: {} })],
    ['with headers that are null', answer({ headers: null })],
    ['with a header that is null', answer({ headers: { a: null } })],
    ['with text after the body', answer({ body: `${PONG} and more` })],
    ['with space around everything', ` ${answer({ body: ` \n${PONG}\t` })} `],
    [
      'with keys in other cases',
      `{"STATUSCODE":200,"Body":${JSON.stringify('{"TYPE":"ok","Text":"PONG"}')}}`,
    ],
    [
      'with a key twice, the last of which counts',
      `{"statusCode":500,"StatusCode":200,"body":${JSON.stringify(PONG)}}`,
    ],
    [
      'with a null that leaves what was there',
      `{"statusCode":200,"statuscode":null,"body":${JSON.stringify(PONG)}}`,
    ],
    ['with data of any kind', answer({ body: '{"type":"ok","text":"PONG","data":[1]}' })],
  ])('%s is read', (_, payload) => {
    expect(parseCallResponse('fn', payload)).toEqual({ type: 'ok', text: 'PONG' });
  });

  test('a body of null is an empty answer', () => {
    expect(parseCallResponse('fn', answer({ body: 'null' }))).toEqual({ type: '', text: '' });
  });

  const unlike = /^function fn did not answer like a Mattermost app: /;
  test.each<[string, string, RegExp]>([
    [
      'another status',
      answer({ statusCode: 500, body: 'out of order' }),
      /status 500, not 200: out of order$/,
    ],
    ['another status of success', answer({ statusCode: 201 }), /status 201, not 200/],
    ['a long body', answer({ statusCode: 404, body: 'x'.repeat(1000) }), /not 200: x{200}$/],
    ['no status', JSON.stringify({ body: PONG }), unlike],
    ['a status in words', answer({ statusCode: '200' }), unlike],
    ['Base64', answer({ isBase64Encoded: true, body: Buffer.from(PONG).toString('base64') }), /in Base64/],
    ['Base64 that is JSON', answer({ isBase64Encoded: true }), /in Base64/],
    ['a status with a fraction', '{"statusCode":200.0,"body":"{}"}', unlike],
    ['a status with an exponent', '{"statusCode":2e2,"body":"{}"}', unlike],
    [
      'a status that is repeated as another one',
      '{"statusCode":200,"STATUSCODE":404,"body":"{}"}',
      /status 404/,
    ],
    ['a header that is not a string', answer({ headers: { 'Content-Length': 14 } }), unlike],
    ['headers that are a list', answer({ headers: [] }), unlike],
    ['text after the answer', `${answer({})} and more`, unlike],
    ['a body of null, not as text', answer({ body: null }), unlike],
    ['an empty body', answer({ body: '' }), unlike],
    ['a body that ends too early', answer({ body: '{"type":"ok"' }), unlike],
    ['a type that is not a string', answer({ body: '{"type":1}' }), unlike],
    ['a text that is not a string', answer({ body: '{"type":"ok","text":["PONG"]}' }), unlike],
    ['a form that is not an object', answer({ body: '{"type":"form","form":"x"}' }), unlike],
    ['a flag that is not one', answer({ body: '{"refresh_bindings":"yes"}' }), unlike],
    ['no body', JSON.stringify({ statusCode: 200 }), unlike],
    ['a body that is no object', answer({ body: '"PONG"' }), unlike],
    ['a body that is no JSON', answer({ body: 'PONG' }), unlike],
    ['the call response itself', PONG, unlike],
    ['null', 'null', unlike],
    ['nothing', '', unlike],
  ])('%s is refused', (_, payload, message) => {
    expect(() => parseCallResponse('fn', payload)).toThrow(
      expect.objectContaining({ code: 'FUNCTION_FAILED', message: expect.stringMatching(message) }),
    );
  });
});
