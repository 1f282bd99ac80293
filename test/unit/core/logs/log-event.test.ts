import { expect, test } from 'vitest';
import { findWriter, type LoggedFunction } from '../../../../src/core/logs/log-event.js';

const own: LoggedFunction = { name: 'go', lambdaName: 'app_1_go', logGroup: '/aws/lambda/app_1_go' };
const shared: LoggedFunction = { name: 'js', lambdaName: 'app_1_js', logGroup: '/shared' };
const other: LoggedFunction = { name: 'py', lambdaName: 'app_1_py', logGroup: '/shared' };
const guest: LoggedFunction = { name: 'rb', lambdaName: 'app_1_rb', logGroup: own.logGroup };

test.each<[string, string, LoggedFunction | undefined]>([
  ['/aws/lambda/app_1_go', '2026/11/24/[$LATEST]0123456789abcdef', own],
  ['/aws/lambda/app_1_go', 'made by hand', own],
  ['/aws/lambda/app_1_go', '2026/11/24/app_1_rb[$LATEST][0123]', guest],
  ['/aws/lambda/app_1_go', '2026/11/24/another_1_x[$LATEST][0123]', undefined],
  ['/shared', '2026/11/24/app_1_js[$LATEST][0123]', shared],
  ['/shared', '2026/11/24/app_1_py[12][0123]', other],
  ['/shared', '2026/11/24/app_1_j[$LATEST][0123]', undefined],
  ['/shared', '2026/11/24/[$LATEST]0123', undefined],
])('an event in %s, stream %s', (group, stream, expected) => {
  const event = { id: 'e', stream, timestamp: 0, message: '' };
  expect(findWriter(event, group, [own, shared, other, guest])).toBe(expected);
});
