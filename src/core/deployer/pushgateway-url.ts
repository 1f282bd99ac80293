import { readUser } from '../http/url-user.js';
import { parseUrl } from '../http-url.js';

/** Where the metrics of a deployer are pushed. */
export interface PushTarget {
  /** The URL of the Pushgateway without user and password, for messages. */
  readonly name: string;
  readonly url: string;
  /** The value of the header Authorization. Secret. */
  readonly authorization: string | undefined;
}

/**
 * The URL for the metrics of an environment, which are a group of their own.
 *
 * Source: https://github.com/prometheus/pushgateway#url
 *
 * @param text the http(s) URL of the Pushgateway, which may have a user, a password and a path
 * @returns undefined if it is not valid; it may contain a password and must not be repeated
 */
export function pushTarget(text: string, environment: string): PushTarget | undefined {
  const url = parseUrl(text);
  const user = url && readUser(url);
  if (url === undefined || user === undefined) return undefined;
  if (!/^https?:$/.test(url.protocol) || `${url.search}${url.hash}` !== '') return undefined;
  const name = url.origin + url.pathname.replace(/\/+$/, '');
  return { name, url: `${name}/metrics/job/appsctl_deployer/${group(environment)}`, ...user };
}

/** A URL loses the parts of its path that are only dots. */
function group(environment: string): string {
  return /^\.+$/.test(environment)
    ? `environment@base64/${Buffer.from(environment).toString('base64url')}`
    : `environment/${encodeURIComponent(environment)}`;
}
