import { expect, test } from 'vitest';
import { callPayload, findFunction } from '../../../../src/core/app-call/call-request.js';

test('a call is an HTTP request as JSON', () => {
  expect(JSON.parse(callPayload({ path: '/ping' }))).toEqual({
    path: '/ping',
    httpMethod: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"path":"/ping","context":{"app_id":"","mattermost_site_url":"","app_path":"","bot_user_id":"","oauth2":{}}}',
  });
});

test('a call has values, and a context with fields in the order of the server', () => {
  const context = {
    own: 1,
    oauth2: { user: 'u' },
    acting_user: { id: 'i' },
    bot_user_id: 'b',
    channel_id: 'c',
  };
  const { body } = JSON.parse(callPayload({ path: '/send', values: { message: 'hi' }, context }));
  expect(body).toBe(
    '{"path":"/send","values":{"message":"hi"},"context":{"channel_id":"c","app_id":"","mattermost_site_url":"","app_path":"","bot_user_id":"b","acting_user":{"id":"i"},"oauth2":{"user":"u"},"own":1}}',
  );
});

test('a call without values has none', () => {
  expect(callPayload({ path: '/a', values: {} })).toBe(callPayload({ path: '/a' }));
});

test.each([
  ['/ping', '/'],
  ['/go', '/go'],
  ['/gopher/x', '/go'],
  ['/go/deep/x', '/go/deep'],
  ['ping', undefined],
])('%s is a call for the function with the path %s', (path, expected) => {
  const functions = ['/', '/go', '/go/deep', '/js'].map((item) => ({ path: item }));
  expect(findFunction(functions, path)?.path).toBe(expected);
});

test('of functions with the same path, the first one is called', () => {
  const functions = ['a', 'b'].map((name) => ({ path: '/', name }));
  expect(findFunction(functions, '/ping')?.name).toBe('a');
});
