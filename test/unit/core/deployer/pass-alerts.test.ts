import { expect, test } from 'vitest';
import { alertOf, type PassAlert, type ToldFailure } from '../../../../src/core/deployer/pass-alerts.js';
import { HOUR, MINUTE } from '../../../../src/core/units.js';

type Step = [after: number, code: string | undefined, alert: PassAlert | undefined];

test.each<[string, Step[]]>([
  [
    'nothing as long as passes work',
    [
      [0, undefined, undefined],
      [5 * MINUTE, undefined, undefined],
    ],
  ],
  [
    'once that they fail',
    [
      [0, 'NETWORK', 'failed'],
      [5 * MINUTE, 'NETWORK', undefined],
      [10 * MINUTE, 'NETWORK', undefined],
    ],
  ],
  [
    'when the error is another one',
    [
      [0, 'NETWORK', 'failed'],
      [5 * MINUTE, 'ACCESS_DENIED', 'failed'],
      [10 * MINUTE, 'ACCESS_DENIED', undefined],
    ],
  ],
  [
    'again after 24 hours, each time',
    [
      [0, 'NETWORK', 'failed'],
      [24 * HOUR - 1, 'NETWORK', undefined],
      [24 * HOUR, 'NETWORK', 'failed'],
      [47 * HOUR, 'NETWORK', undefined],
      [48 * HOUR, 'NETWORK', 'failed'],
    ],
  ],
  [
    'once that they work again',
    [
      [0, 'NETWORK', 'failed'],
      [5 * MINUTE, undefined, 'works again'],
      [10 * MINUTE, undefined, undefined],
    ],
  ],
  [
    'of a failure after that',
    [
      [0, 'NETWORK', 'failed'],
      [5 * MINUTE, undefined, 'works again'],
      [10 * MINUTE, 'NETWORK', 'failed'],
    ],
  ],
])('people are told %s', (_, steps) => {
  let told: ToldFailure | undefined;
  const alerts = steps.map(([after, code]) => {
    const result = alertOf(told, code === undefined ? undefined : { code }, after);
    told = result.told;
    return result.alert;
  });
  expect(alerts).toEqual(steps.map(([, , alert]) => alert));
});
