import type { AppsctlError } from '../diagnostics/error.js';
import type { Vocabulary } from '../diagnostics/vocabulary.js';
import { count } from '../text.js';
import { formatDuration, formatTime } from '../units.js';
import { markdownLink, markdownText } from './markdown-text.js';
import type { DeployerMessage, MessageContext } from './message.js';
import { type Field, joinLines, long, short } from './message-fields.js';
import type { BundleApp, DeployedBundle, FailedBundle, PassReport } from './report.js';
import { retryCommandOf } from './retry-command.js';

/** The body of a request to an incoming webhook. Rule: https://developers.mattermost.com/integrate/reference/message-attachments/ */
export interface WebhookPayload {
  readonly attachments: readonly [MessageAttachment];
}

interface MessageAttachment {
  /** For notifications, which do not show the rest. */
  readonly fallback: string;
  readonly color: string;
  readonly title: string;
  readonly fields: readonly Field[];
}

/** Those of the Go version. */
const GREEN = '#006400';
const RED = '#FF0000';

/** The most characters of all texts of a message. */
const MAX_MESSAGE = 4000;

/** The most characters of each text. Those of one message are less than `MAX_MESSAGE`; lists get what is left. */
const MAX = {
  fallback: 300,
  title: 200,
  name: 150,
  url: 300,
  id: 120,
  version: 80,
  key: 400,
  environment: 120,
  run: 100,
  code: 60,
  error: 900,
  hint: 400,
  nextTry: 250,
} as const;

/** The most lines of a list. */
const MAX_FINDINGS = 5;
const MAX_BUNDLES = 10;

/** The parts of a message that differ: the lists come after the fields, and are cut if they do not fit. */
interface Draft {
  readonly color: string;
  readonly title: string;
  /** Follows the title in the fallback. */
  readonly detail?: string;
  readonly fields: readonly Field[];
  readonly lists?: readonly {
    readonly title: string;
    readonly lines: readonly string[];
    readonly max: number;
  }[];
}

/**
 * The message for a Mattermost channel. Text from outside is displayed as it is: it mentions nobody and has no formatting.
 * All texts together have at most 4,000 characters.
 *
 * @param vocabulary the names of options and commands
 */
export function webhookMessage(
  message: DeployerMessage,
  context: MessageContext,
  vocabulary: Vocabulary,
): WebhookPayload {
  const { color, title, detail, fields, lists = [] } = draft(message, context, vocabulary);
  const head = {
    fallback: markdownText(detail === undefined ? title : `${title}: ${detail}`, MAX.fallback),
    color,
    title: markdownText(title, MAX.title),
  };
  const all = [...fields, short('Run', context.run, MAX.run)];
  for (const list of lists.filter(({ lines }) => lines.length > 0)) {
    const room = MAX_MESSAGE - lengthOf(head, all) - list.title.length;
    const value = joinLines(list.lines, list.max, room);
    if (value !== '') all.push({ title: list.title, value, short: false });
  }
  return { attachments: [{ ...head, fields: all }] };
}

function draft(message: DeployerMessage, { environment }: MessageContext, vocabulary: Vocabulary): Draft {
  switch (message.kind) {
    case 'deployed':
      return deployed(message.bundle, environment);
    case 'failed':
      return failed(message.bundle, environment, vocabulary);
    case 'pass failed':
      return passFailed(message.error, environment, vocabulary);
    case 'passes work again':
      return worksAgain(environment);
    case 'summary':
      return summary(message.report);
  }
}

function deployed(
  { key, app, functions, milliseconds, failedAttempts }: DeployedBundle,
  environment: string,
): Draft {
  const { created, updated, unchanged } = functions;
  const what = `${app.displayName || app.id} ${app.version} to ${environment}`;
  return {
    color: GREEN,
    title:
      failedAttempts === 0
        ? `Deployed ${what}`
        : `Recovered: deployed ${what} after ${count(failedAttempts, 'failed attempt')}`,
    fields: [
      ...appFields(app),
      long('Bundle', key, MAX.key),
      short('Environment', environment, MAX.environment),
      short('Functions', `${created} new, ${updated} updated, ${unchanged} unchanged`),
      short('Duration', formatDuration(milliseconds)),
    ],
  };
}

function failed(bundle: FailedBundle, environment: string, vocabulary: Vocabulary): Draft {
  const { key, app, error, attempts } = bundle;
  const what = app === undefined ? key : `${app.displayName || app.id} ${app.version}`;
  return {
    color: RED,
    title: `Cannot deploy ${what} to ${environment}`,
    detail: error.message,
    fields: [
      ...(app === undefined ? [] : appFields(app)),
      long('Bundle', key, MAX.key),
      short('Environment', environment, MAX.environment),
      ...errorFields(error, vocabulary),
      short('Attempt', String(attempts)),
      long('Next try', describeNextTry(bundle, vocabulary), MAX.nextTry),
    ],
    lists: [{ title: 'Details', lines: detailLines(error), max: MAX_FINDINGS }],
  };
}

function passFailed(error: AppsctlError, environment: string, vocabulary: Vocabulary): Draft {
  return {
    color: RED,
    title: `The deployer cannot deploy to ${environment}`,
    detail: error.message,
    fields: [short('Environment', environment, MAX.environment), ...errorFields(error, vocabulary)],
    lists: [{ title: 'Details', lines: detailLines(error), max: MAX_FINDINGS }],
  };
}

function worksAgain(environment: string): Draft {
  return {
    color: GREEN,
    title: `The deployer can deploy to ${environment} again`,
    fields: [short('Environment', environment, MAX.environment)],
  };
}

function summary(report: PassReport): Draft {
  const { environment, startedAt, endedAt, isOutOfTime } = report;
  return {
    color: report.failed.length === 0 ? GREEN : RED,
    title: `${count(report.deployed.length, 'bundle')} deployed to ${environment}, ${report.failed.length} failed`,
    fields: [
      short('Environment', environment, MAX.environment),
      short('Duration', formatDuration(Math.max(endedAt - startedAt, 0))),
      ...(isOutOfTime ? [long('Next run', 'Deploys the other bundles: this one had no time left')] : []),
    ],
    lists: [
      {
        title: 'Failed',
        lines: report.failed.map(({ key, error }) => `${key}: ${error.code}: ${error.message}`),
        max: MAX_BUNDLES,
      },
      {
        title: 'Deployed',
        lines: report.deployed.map(({ key, app }) => `${app.id} ${app.version} (${key})`),
        max: MAX_BUNDLES,
      },
    ],
  };
}

function appFields({ id, version, displayName, homepageUrl }: BundleApp): Field[] {
  const name = markdownText(displayName, MAX.name);
  return [
    ...(name === '' ? [] : [{ title: 'Name', value: markdownLink(name, homepageUrl, MAX.url), short: true }]),
    short('App ID', id, MAX.id),
    short('Version', version, MAX.version),
  ];
}

function errorFields(error: AppsctlError, vocabulary: Vocabulary): Field[] {
  const hint = error.hintIn(vocabulary);
  return [
    short('Code', error.code, MAX.code),
    long('Error', error.message, MAX.error),
    ...(hint === undefined ? [] : [long('Hint', hint, MAX.hint)]),
  ];
}

/** What the message of an error counts. A single error of a bundle is the message. */
function detailLines({ findings, items }: AppsctlError): readonly string[] {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const lines = errors.length === 1 ? [] : errors.map(({ location, message }) => `${location}: ${message}`);
  return [...lines, ...items];
}

function describeNextTry(
  { key, nextAttemptAt: at, isRecorded }: FailedBundle,
  vocabulary: Vocabulary,
): string {
  if (!isRecorded) return 'By the next run';
  const retry = retryCommandOf(key, vocabulary);
  if (at === undefined) return `Not by itself: upload the bundle again, or retry it with ${retry}`;
  return `${formatTime(at)} UTC, or with ${retry}`;
}

function lengthOf(head: Pick<MessageAttachment, 'fallback' | 'title'>, fields: readonly Field[]): number {
  const texts = [head.fallback, head.title, ...fields.flatMap(({ title, value }) => [title, value])];
  return texts.reduce((sum, text) => sum + text.length, 0);
}
