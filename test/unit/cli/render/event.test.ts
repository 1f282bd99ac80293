import { describe, expect, test } from 'vitest';
import { CLI_VOCABULARY } from '../../../../src/cli/input/vocabulary.js';
import { renderFinding } from '../../../../src/cli/render/finding.js';
import { createLog } from '../../../../src/cli/render/log.js';
import { systemClock } from '../../../../src/core/async/clock.js';
import type { AppsctlEvent } from '../../../../src/core/diagnostics/event.js';

const request = { service: 's3', operation: 'GetObject a', outcome: '200', milliseconds: 12 } as const;

describe('the line for', () => {
  test.each<[string, AppsctlEvent, string | undefined]>([
    [
      'a resource',
      { type: 'resource', kind: 'function', name: 'f', outcome: 'created' },
      'created   function f',
    ],
    [
      'a resource with a detail',
      { type: 'resource', kind: 'group', name: 'g', outcome: 'updated', detail: 'with user u added' },
      'updated   group g with user u added',
    ],
    ['an unchanged asset', { type: 'resource', kind: 'asset', name: 'a', outcome: 'unchanged' }, undefined],
    [
      'an unchanged function',
      { type: 'resource', kind: 'function', name: 'f', outcome: 'unchanged' },
      'unchanged function f',
    ],
    [
      'an uploaded asset',
      { type: 'resource', kind: 'asset', name: 'a', outcome: 'updated' },
      'updated   asset a',
    ],
    ['a wait', { type: 'waiting', reason: 'until f is ready' }, 'waiting   until f is ready'],
    [
      'settings that are taken over',
      { type: 'settings-taken-over', name: 'f', version: 'v1', settings: ['memory 512 MB', 'tags team'] },
      'note: function f: takes over memory 512 MB, tags team of version v1',
    ],
    ['a warning', { type: 'warning', message: 'm' }, 'warning: m'],
    ['a request', { type: 'request', ...request }, 'request   s3 GetObject a: 200, 12 ms'],
  ])('%s', (_, event, expected) => {
    const lines = createLog('plain', { clock: systemClock, vocabulary: CLI_VOCABULARY })({
      type: 'event',
      event,
    });
    expect(lines).toEqual(expected === undefined ? [] : [expected]);
  });
});

describe('a finding', () => {
  const finding = { rule: 'package/left-out', severity: 'note', message: 'left out: a' } as const;
  test.each([
    ['app', 'app: left out: a [package/left-out]'],
    ['.', 'left out: a [package/left-out]'],
  ])('in %s', (location, line) => {
    expect(renderFinding({ ...finding, location })).toBe(line);
  });
});
