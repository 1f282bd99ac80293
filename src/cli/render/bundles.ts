import type { BundleListing, RetriedBundle } from '../../api/deployer.js';
import type { BundleStatus } from '../../core/deployer/report.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import { count } from '../../core/text.js';
import { formatTime } from '../../core/units.js';
import { renderError } from './error.js';
import { type Format, jsonLines } from './json.js';
import { optionalIso, toIso } from './pass.js';
import { renderTable } from './table.js';
import { terminalText } from './terminal-text.js';

/** Where bundles come from, and where they are deployed. */
export interface BundleSource {
  readonly bucket: string;
  readonly environment: string;
  /** Of the keys. */
  readonly prefix: string | undefined;
}

const COLUMNS = ['bundle', 'state', 'uploaded', 'attempts', 'last error', 'next try'];
/** The column of numbers. */
const NUMERIC = [3];
const STATES = ['deployed', 'new', 'failed', 'blocked'] as const;
/** Stands for what does not exist or is not known. */
const NONE = '-';

/** The lines for the bundles of a bucket, sorted by their keys: a table, what cannot be read, and how many there are. */
export function renderBundles(
  list: BundleListing,
  { prefix = '', ...source }: BundleSource,
  format: Format,
  vocabulary: Vocabulary,
): string[] {
  const bundles = list.bundles.toSorted(compareKeys);
  const unreadable = list.unreadable.toSorted(compareKeys);
  if (format === 'json') return toJson({ bundles, unreadable }, source, vocabulary);
  const total = bundles.length + unreadable.length;
  if (total === 0) return [`there are no bundles in s3://${source.bucket}/${prefix}`];
  const rows = [
    ...bundles.map((bundle) => [terminalText(bundle.key), ...toCells(bundle)]),
    ...unreadable.map(({ key, uploadedAt, error }) => [
      ...[terminalText(key), 'unreadable', formatTime(uploadedAt), NONE, error.code, NONE],
    ]),
  ].toSorted(([a = ''], [b = '']) => compare(a, b));
  const counts = STATES.map((state) => `${bundles.filter((item) => item.state === state).length} ${state}`);
  return [
    ...renderTable([COLUMNS, ...rows], NUMERIC),
    ...unreadable.flatMap(({ key, error }) => {
      const [message = '', ...others] = renderError(error, vocabulary);
      return [`${key}: ${message}`, ...others];
    }),
    `${count(total, 'bundle')} for ${source.environment}: ${[
      ...counts,
      ...(unreadable.length > 0 ? [`${unreadable.length} unreadable`] : []),
    ].join(', ')}`,
  ];
}

function toCells({ state, uploadedAt, failure, nextAttemptAt }: BundleStatus): string[] {
  return [
    ...[state, formatTime(uploadedAt)],
    ...[failure === undefined ? NONE : String(failure.attempts), failure?.code ?? NONE],
    nextAttemptAt === undefined ? NONE : formatTime(nextAttemptAt),
  ];
}

function toJson(
  { bundles, unreadable }: BundleListing,
  source: Omit<BundleSource, 'prefix'>,
  vocabulary: Vocabulary,
): string[] {
  return jsonLines(
    {
      ...source,
      bundles: bundles.map(({ key, size, uploadedAt, state, failure, nextAttemptAt }) => ({
        ...{ key, size, uploadedAt: toIso(uploadedAt), state },
        failure: failure && { ...failure, at: toIso(failure.at) },
        nextAttemptAt: optionalIso(nextAttemptAt),
      })),
      unreadable: unreadable.map(({ key, uploadedAt, error }) => ({
        ...{ key, uploadedAt: toIso(uploadedAt), code: error.code, message: error.message },
        hint: error.hintIn(vocabulary),
      })),
    },
    null,
  );
}

function compareKeys(a: { readonly key: string }, b: { readonly key: string }): number {
  return compare(a.key, b.key);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The lines for bundles that are to be tried again. */
export function renderRetriedBundles(bundles: readonly RetriedBundle[]): string[] {
  if (bundles.length === 0) return ['no bundle has failed'];
  return bundles.map(({ key, outcome }) =>
    outcome === 'reset' ? `reset     ${key}` : `unchanged ${key}: it has not failed`,
  );
}
