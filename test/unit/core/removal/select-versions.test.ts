import { expect, test } from 'vitest';
import { selectVersions } from '../../../../src/core/removal/select-versions.js';

const ONE = { allVersions: false, keep: undefined };
const ALL = { allVersions: true, keep: undefined };
const keep = (count: number) => ({ allVersions: false, keep: count });

test.each([
  ['the version that is named', '1', ONE, ['2', '1'], [], ['1']],
  ['a version whose removal was interrupted', '1', ONE, ['2'], ['1'], ['1']],
  ['nothing if that version is not deployed', '3', ONE, ['2', '1'], [], undefined],
  ['the only version', undefined, ONE, ['1'], [], ['1']],
  ['the only version, also if its removal was interrupted', undefined, ONE, ['1'], ['1'], ['1']],
  ['nothing if there is none', undefined, ALL, [], [], undefined],
  ['all versions', undefined, ALL, ['2', '1'], ['0'], ['2', '1', '0']],
  ['all but the latest', undefined, keep(1), ['3', '2', '1'], [], ['2', '1']],
  ['no version of the latest', undefined, keep(3), ['3', '2', '1'], [], []],
  ['the latest, too, if its removal was interrupted', undefined, keep(2), ['2', '1'], ['2'], ['2']],
] as const)('selects %s', (_, version, choice, deployed, unfinished, selected) => {
  expect(selectVersions({ id: 'a', version }, choice, deployed, unfinished)).toEqual(selected);
});

test('fails if it is not clear which version is meant', () => {
  const select = () => selectVersions({ id: 'a', version: undefined }, ONE, ['2', '1'], []);
  expect(select).toThrow(expect.objectContaining({ code: 'USAGE', items: ['a@2', 'a@1'] }));
});
