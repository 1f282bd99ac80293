import { AppsctlError } from '../core/diagnostics/error.js';
import type { EventListener } from '../core/diagnostics/event.js';
import type { Hint } from '../core/diagnostics/vocabulary.js';
import type { Agents } from '../http/network.js';
import { sendReported } from '../http/request-events.js';
import { HTTP_ERRORS, HttpError, type HttpRequest, type HttpResponse } from '../http/send-request.js';
import { isWebPage, oneLine, parseReason } from './error-text.js';
import { findRefusalHint } from './refusal-hints.js';

const UNREACHABLE_HINT: Hint = ({ siteUrl }) => `check ${siteUrl}, and that the server is running`;

const OTHER_SERVER_HINT: Hint = ({ siteUrl }) =>
  `check ${siteUrl}, and whether a proxy responds instead of the server`;

/** Sends requests to a Mattermost server and explains their failures. */
export class MattermostApi {
  /**
   * @param siteUrl the URL of the server, without a trailing slash
   * @param token an access token
   * @param timeout the milliseconds for a whole response, from the start of the request
   * @param onEvent called for each request
   * @param agents for proxies and own certificates
   */
  constructor(
    readonly siteUrl: string,
    private readonly token: string,
    private readonly timeout: number,
    private readonly onEvent: EventListener,
    private readonly agents?: Agents,
  ) {}

  /**
   * Sends a request and returns its response, whatever its status.
   *
   * @param action what the request is for, to follow "cannot"
   * @throws AppsctlError NETWORK when there is no complete response
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
    const { siteUrl, timeout, agents } = this;
    const request = { method, url: `${siteUrl}${path}`, headers, body, timeout, agents };
    try {
      const name = { service: 'mattermost', operation: `${method} ${path}` } as const;
      return await sendReported(request, name, this.onEvent);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      if (error.code === HTTP_ERRORS.tooLong) {
        throw this.unexpectedResponse('a Mattermost server', action, `: it ${error.message}`);
      }
      throw new AppsctlError('NETWORK', `cannot ${action}: ${siteUrl} ${error.message}`, {
        hint: error.hint ?? UNREACHABLE_HINT,
        cause: error,
      });
    }
  }

  /**
   * Sends a request that must succeed.
   *
   * @returns the body of the response
   * @throws AppsctlError see {@link send} and {@link expectSuccess}
   */
  async request(action: string, method: HttpRequest['method'], path: string, body?: string): Promise<string> {
    return this.expectSuccess(action, await this.send(action, method, path, body));
  }

  /**
   * Returns the body of a successful response.
   *
   * @throws AppsctlError NETWORK for a redirect, ACCESS_DENIED for 401 and 403, SERVICE for any other status
   */
  expectSuccess(action: string, response: HttpResponse): string {
    if (response.status >= 200 && response.status < 300) return response.text;
    throw this.refusal(action, response);
  }

  private refusal(action: string, { status, statusText, location, text }: HttpResponse): AppsctlError {
    const { siteUrl } = this;
    if (status < 400) {
      // Not followed, because the token must not be sent to another host.
      const target = location === undefined ? 'elsewhere' : `to ${oneLine(location)}`;
      return new AppsctlError('NETWORK', `cannot ${action}: ${siteUrl} redirects ${target}`, {
        hint: (vocabulary) => `set ${vocabulary.siteUrl} to the URL of the server itself`,
      });
    }
    const reason = parseReason(text) || oneLine(statusText);
    const code = status === 401 || status === 403 ? 'ACCESS_DENIED' : 'SERVICE';
    // Neither the server nor the plugin responds with a page, but proxies and their log-in pages do.
    const isOfProxy = status < 500 && isWebPage(text);
    return new AppsctlError(code, `cannot ${action}: ${siteUrl} responds with ${status}: ${reason}`, {
      hint: isOfProxy ? OTHER_SERVER_HINT : findRefusalHint(status, reason),
    });
  }

  /**
   * The error for a successful response with an unexpected body. Does not quote the response, which may contain secrets.
   *
   * @param what what should have responded
   * @param detail appended to the message
   */
  unexpectedResponse(what: string, action: string, detail = ''): AppsctlError {
    return new AppsctlError(
      'NETWORK',
      `cannot ${action}: ${this.siteUrl} does not respond like ${what}${detail}`,
      {
        hint: OTHER_SERVER_HINT,
      },
    );
  }
}
