import type { Clock } from '../core/async/clock.js';
import type { DeployerListener } from '../core/deployer/event.js';
import { explainCertificateError } from '../core/diagnostics/certificate-error.js';
import { parseRetryAfter } from '../core/http/retry-after.js';
import { parseUrl } from '../core/http-url.js';
import { SECOND } from '../core/units.js';
import type { Agents } from '../http/network.js';
import { sendReported } from '../http/request-events.js';
import { HTTP_ERRORS, HttpError, type HttpResponse } from '../http/send-request.js';
import { isWebPage, oneLine, parseAppError } from './error-text.js';

/** What a webhook is told: `alerts` are what someone has to look at, and that passes work again. */
export type Purpose = 'notifications' | 'alerts';

/** How long it may take, in milliseconds. */
export interface WebhookTimeouts {
  /** A request and its response. */
  readonly request: number;
  /** All messages that are not sent when the pass ends. */
  readonly flush: number;
  /** The same after an interruption. */
  readonly interrupted: number;
}

export interface QueueOptions {
  readonly clock: Clock;
  /** An interruption: nothing is waited for any more, each message is tried once. */
  readonly signal: AbortSignal | undefined;
  readonly onEvent: DeployerListener;
  readonly timeouts: WebhookTimeouts;
  /** For proxies and own certificates; undefined for those of Node.js. */
  readonly agents: Agents | undefined;
}

const MAX_TRIES = 3;
const MAX_PAUSE_MS = 30 * SECOND;
/** The rest of the pass goes without messages after so many failures in a row, so that a dead webhook does not hold it up. */
const MAX_FAILURES = 3;
/** More are not kept in memory: a pass may fail for thousands of bundles, faster than a webhook takes messages. */
const MAX_WAITING = 1000;

export interface QueuedMessage {
  readonly purpose: Purpose;
  readonly body: string;
  /** The key of the bundle that it is about, if it is about one. */
  readonly bundle: string | undefined;
}

/** Why a message was not delivered. */
interface Failure {
  /** To follow the name of the webhook; without anything of its URL but the host. */
  readonly reason: string;
  /** Milliseconds until it is worth another try; undefined if it is not. */
  readonly pause: number | undefined;
}

/** The messages to one webhook: sent one after the other. */
export class WebhookQueue {
  private sent: Promise<void> = Promise.resolve();
  private waiting = 0;
  private lost = 0;
  private failuresInARow = 0;
  private isDropping = false;
  private end = new AbortController();

  constructor(
    private readonly url: URL,
    private readonly options: QueueOptions,
  ) {}

  add(message: QueuedMessage): void {
    if (this.waiting === MAX_WAITING) {
      this.drop(message, `${MAX_WAITING} are waiting already`);
      return;
    }
    this.waiting++;
    this.sent = this.sent.then(async () => {
      await this.deliver(message);
      this.waiting--;
    });
  }

  /** Waits for all messages, and begins anew. Returns how many were lost. */
  async flush(): Promise<number> {
    const { end } = this;
    const { timeouts, signal } = this.options;
    const timers: NodeJS.Timeout[] = [];
    const endIn = (milliseconds: number): void =>
      void timers.push(setTimeout(() => end.abort(), milliseconds));
    const hurry = (): void => endIn(timeouts.interrupted);
    endIn(timeouts.flush);
    if (signal?.aborted) hurry();
    signal?.addEventListener('abort', hurry);
    await this.sent;
    signal?.removeEventListener('abort', hurry);
    for (const timer of timers) clearTimeout(timer);
    const { lost } = this;
    this.lost = 0;
    this.failuresInARow = 0;
    this.isDropping = false;
    this.end = new AbortController();
    return lost;
  }

  private async deliver(message: QueuedMessage): Promise<void> {
    if (this.end.signal.aborted) return this.drop(message, 'there is no time left');
    if (this.failuresInARow === MAX_FAILURES)
      return this.drop(message, `the last ${MAX_FAILURES} were not delivered`);
    const reason = await this.send(message);
    if (reason === undefined) {
      this.failuresInARow = 0;
      return;
    }
    this.lost++;
    this.failuresInARow++;
    const { purpose } = message;
    this.warn(message, `cannot send a message to the webhook for ${purpose}: ${this.url.host} ${reason}`);
  }

  private drop(message: QueuedMessage, reason: string): void {
    this.lost++;
    if (this.isDropping) return;
    this.isDropping = true;
    const { purpose } = message;
    this.warn(
      message,
      `the other messages of this run to the webhook for ${purpose} are not sent: ${reason}`,
    );
  }

  /** Returns why the message was not delivered, if it was not. */
  private async send(message: QueuedMessage): Promise<string | undefined> {
    const { clock, signal } = this.options;
    const isHurried = (): boolean => signal?.aborted === true || this.end.signal.aborted;
    for (let tries = 1; ; tries++) {
      const failure = await this.post(message, tries);
      if (failure?.pause === undefined || tries === MAX_TRIES || isHurried()) return failure?.reason;
      const hurry = signal === undefined ? this.end.signal : AbortSignal.any([this.end.signal, signal]);
      await clock.sleep(failure.pause, hurry);
    }
  }

  private async post({ purpose, body }: QueuedMessage, tries: number): Promise<Failure | undefined> {
    const { timeouts, agents, clock, onEvent } = this.options;
    const request = {
      method: 'POST',
      url: this.url.href,
      headers: { 'Content-Type': 'application/json' },
      body,
      timeout: timeouts.request,
      agents,
      signal: this.end.signal,
    } as const;
    const backoff = 2 ** (tries - 1) * SECOND;
    try {
      // Not by its URL, which is secret.
      const name = { service: 'mattermost', operation: `POST to the webhook for ${purpose}` } as const;
      const response = await sendReported(request, name, onEvent);
      const reason = findRefusal(response, this.url);
      if (reason === undefined) return undefined;
      const pause = Math.min(parseRetryAfter(response.retryAfter, clock.now()) ?? backoff, MAX_PAUSE_MS);
      return { reason, pause: isPassing(response.status) ? pause : undefined };
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      return { reason: error.message, pause: isConnectionFailure(error.code) ? backoff : undefined };
    }
  }

  private warn({ bundle }: QueuedMessage, message: string): void {
    this.options.onEvent({ type: 'warning', message, ...(bundle !== undefined && { bundle }) });
  }
}

/** Why a response is a refusal, if it is one. Quotes nothing that may have a part of the URL in it. */
function findRefusal({ status, statusText, location, text }: HttpResponse, url: URL): string | undefined {
  if (status >= 200 && status < 300) {
    return isWebPage(text) ? 'responds with a web page: it is not Mattermost' : undefined;
  }
  if (status >= 300 && status < 400) {
    const next = location === undefined ? undefined : parseUrl(location, url);
    return `redirects${next === undefined ? '' : ` to ${next.host}`}, which is not followed`;
  }
  const reason = [parseAppError(text), oneLine(statusText)].find(
    (candidate) => candidate !== undefined && candidate !== '' && !repeatsPath(candidate, url),
  );
  return `responds with ${status}${reason === undefined ? '' : `: ${reason}`}`;
}

/** Mattermost itself names the webhook in some of its errors. */
function repeatsPath(text: string, { pathname }: URL): boolean {
  const parts = pathname.split('/').filter((part) => part.length > 'hooks'.length);
  return parts.some((part) => text.toLowerCase().includes(part.toLowerCase()));
}

/** 501 is that of a server without incoming webhooks. */
function isPassing(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501);
}

/** After a timeout, the message may have been posted. */
function isConnectionFailure(code: string): boolean {
  const wasSent = code === HTTP_ERRORS.timeout || code === HTTP_ERRORS.tooLong;
  return !wasSent && explainCertificateError(code) === undefined;
}
