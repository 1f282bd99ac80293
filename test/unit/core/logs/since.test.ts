import { expect, test } from 'vitest';
import { parseSince } from '../../../../src/core/logs/since.js';

const NOW = Date.parse('2026-11-24T12:00:00Z');

test.each([
  ['30s', '2026-11-24T11:59:30Z'],
  ['10m', '2026-11-24T11:50:00Z'],
  ['2h', '2026-11-24T10:00:00Z'],
  ['3d', '2026-11-21T12:00:00Z'],
  ['0s', '2026-11-24T12:00:00Z'],
  ['999999999d', '1970-01-01T00:00:00Z'],
  ['2026-11-20', '2026-11-20T00:00:00Z'],
  ['2026-11-20T10:30', '2026-11-20T10:30:00Z'],
  ['2026-11-20T10:30:15', '2026-11-20T10:30:15Z'],
  ['2026-11-20T10:30:15.250Z', '2026-11-20T10:30:15.250Z'],
  ['2026-11-20T10:30+02:00', '2026-11-20T08:30:00Z'],
])('%s is a time', (text, expected) => {
  expect(parseSince(text, NOW)).toBe(Date.parse(expected));
});

test.each(['', '10', 'm', '-5m', '1.5h', '10 m', '5w', 'yesterday', '2026-13-01', '2026-11-20 10:30'])(
  '%j is not',
  (text) => {
    expect(parseSince(text, NOW)).toBeUndefined();
  },
);
