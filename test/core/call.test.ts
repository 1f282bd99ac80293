import { describe, expect, test } from 'vitest';
import { callPayload, parseCallAnswer } from '../../src/core/call.js';

const PONG = '{"type":"ok","text":"PONG"}';
const answer = (fields: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ statusCode: 200, headers: {}, isBase64Encoded: false, body: PONG, ...fields });

test('a call is an HTTP request in JSON', () => {
  expect(JSON.parse(callPayload('/ping'))).toEqual({
    path: '/ping',
    httpMethod: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"path":"/ping"}',
  });
});

describe('the answer of a function', () => {
  test.each([
    ['with everything', answer({})],
    ['with status and body alone', JSON.stringify({ statusCode: 200, body: PONG })],
    ['with more than is known', answer({ multiValueHeaders: {} })],
  ])('%s is read', (_, payload) => {
    expect(parseCallAnswer('fn', payload)).toEqual({ type: 'ok', text: 'PONG' });
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
    ['no body', JSON.stringify({ statusCode: 200 }), unlike],
    ['a body that is no object', answer({ body: '"PONG"' }), unlike],
    ['a body that is no JSON', answer({ body: 'PONG' }), unlike],
    ['the call response itself', PONG, unlike],
    ['null', 'null', unlike],
    ['nothing', '', unlike],
  ])('%s is refused', (_, payload, message) => {
    expect(() => parseCallAnswer('fn', payload)).toThrow(
      expect.objectContaining({ code: 'FUNCTION_FAILED', message: expect.stringMatching(message) }),
    );
  });
});
