import { AppsctlError } from '../core/diagnostics/error.js';
import type { EventListener } from '../core/diagnostics/event.js';
import { oneLine, parseReason } from './error-text.js';
import { HttpError, type HttpRequest, type HttpResponse, sendRequest } from './http.js';
import { hintFor } from './refusal-hints.js';

const URL_HINT = 'check MM_SERVICESETTINGS_SITEURL, and that the server runs';

/** Requests to a Mattermost server, and what is to be said when they fail. */
export class MattermostApi {
  /**
   * @param siteUrl the server, without a slash at its end
   * @param token an access token
   * @param timeout milliseconds that a request may take
   * @param onEvent is notified of each request
   */
  constructor(
    readonly siteUrl: string,
    private readonly token: string,
    private readonly timeout: number,
    private readonly onEvent: EventListener,
  ) {}

  /**
   * Sends a request and returns its answer, whatever its status.
   *
   * @param action what the request is for, to follow "cannot"
   * @throws AppsctlError NETWORK when no whole answer comes
   */
  async send(
    action: string,
    method: HttpRequest['method'],
    path: string,
    body?: string,
  ): Promise<HttpResponse> {
    const headers = {
      Authorization: `BEARER ${this.token}`,
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    };
    const start = performance.now();
    const report = (outcome: string): void =>
      this.onEvent({
        type: 'request',
        service: 'mattermost',
        operation: `${method} ${path}`,
        outcome,
        milliseconds: Math.round(performance.now() - start),
      });
    const { siteUrl, timeout } = this;
    try {
      const answer = await sendRequest({ method, url: `${siteUrl}${path}`, headers, body, timeout });
      report(String(answer.status));
      return answer;
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      report(error.message);
      throw error.isTooLong
        ? this.unexpectedResponse('a Mattermost server', action, `: it sends ${error.message}`)
        : new AppsctlError('NETWORK', `cannot ${action}: ${siteUrl} does not answer (${error.message})`, {
            hint: URL_HINT,
            cause: error,
          });
    }
  }

  /**
   * Sends a request that has to succeed.
   *
   * @returns the body of the answer
   * @throws AppsctlError as {@link send} and {@link expectSuccess} do
   */
  async request(action: string, method: HttpRequest['method'], path: string, body?: string): Promise<string> {
    return this.expectSuccess(action, await this.send(action, method, path, body));
  }

  /**
   * The body of an answer of success.
   *
   * @throws AppsctlError NETWORK for a redirect, ACCESS_DENIED for 401 and 403, SERVICE for any other answer
   */
  expectSuccess(action: string, answer: HttpResponse): string {
    if (answer.status >= 200 && answer.status < 300) return answer.text;
    throw this.refusal(action, answer);
  }

  private refusal(action: string, { status, statusText, location, text }: HttpResponse): AppsctlError {
    const { siteUrl } = this;
    if (status < 400) {
      // The token must not follow to another host.
      const target = location === undefined ? 'elsewhere' : `to ${oneLine(location)}`;
      return new AppsctlError('NETWORK', `cannot ${action}: ${siteUrl} redirects ${target}`, {
        hint: 'set MM_SERVICESETTINGS_SITEURL to the address that answers itself',
      });
    }
    const reason = parseReason(text) || oneLine(statusText);
    const code = status === 401 || status === 403 ? 'ACCESS_DENIED' : 'SERVICE';
    return new AppsctlError(code, `cannot ${action}: ${siteUrl} answers ${status}: ${reason}`, {
      hint: hintFor(status, reason),
    });
  }

  /**
   * The error for an answer of success that is not what was asked for. Says nothing of the answer, which may hold secrets.
   *
   * @param what what should have answered
   * @param detail follows the message
   */
  unexpectedResponse(what: string, action: string, detail = ''): AppsctlError {
    return new AppsctlError(
      'NETWORK',
      `cannot ${action}: ${this.siteUrl} does not answer like ${what}${detail}`,
      {
        hint: 'check MM_SERVICESETTINGS_SITEURL, and whether a proxy answers in place of the server',
      },
    );
  }
}
