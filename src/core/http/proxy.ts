import { AppsctlError } from '../diagnostics/error.js';
import type { Environment } from '../environment.js';
import { isLoopback, parseUrl } from '../http-url.js';
import { readUser } from './url-user.js';

/** A proxy. */
export interface HttpProxy {
  /** Its URL without user and password, for messages. */
  readonly url: string;
  readonly isTls: boolean;
  readonly host: string;
  readonly port: number;
  /** The value of the header Proxy-Authorization. Secret. */
  readonly authorization: string | undefined;
}

/** Which requests go through a proxy. */
export interface ProxySettings {
  readonly http: HttpProxy | undefined;
  readonly https: HttpProxy | undefined;
  /** Hosts that are reached without one, as in NO_PROXY. */
  readonly direct: readonly string[];
}

/** Where a request is sent. */
export interface Target {
  readonly protocol: 'http:' | 'https:';
  /** The name or the address of the host. */
  readonly host: string;
  readonly port: number;
}

/** The metadata services of instances and containers, which only the machine itself can reach. */
const METADATA_ADDRESSES = [
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  'fd00:ec2::254',
  'fd00:ec2::23',
];

/**
 * Reads the proxies from HTTP_PROXY, HTTPS_PROXY and NO_PROXY, whose lower case takes precedence as in curl.
 *
 * @returns undefined if there are none
 * @throws AppsctlError INVALID_VARIABLE; the value may contain a password and is not repeated
 */
export function readProxies(env: Environment): ProxySettings | undefined {
  const [http, https] = ['http_proxy', 'https_proxy'].map((name) => readProxy(env, name));
  if (http === undefined && https === undefined) return undefined;
  const direct = (env['no_proxy'] || env['NO_PROXY'] || '').toLowerCase();
  return { http, https, direct: direct.split(/[\s,]+/).filter(Boolean) };
}

function readProxy(env: Environment, lowerCase: string): HttpProxy | undefined {
  const name = env[lowerCase] ? lowerCase : lowerCase.toUpperCase();
  const value = env[name];
  if (!value) return undefined;
  const text = value.includes('://') ? value : `http://${value}`;
  const url = parseUrl(text);
  const user = url && readUser(url);
  if (url === undefined || user === undefined || !/^https?:$/.test(url.protocol)) {
    throw new AppsctlError('INVALID_VARIABLE', `${name} is not the URL of an http(s) proxy`, {
      hint: 'use the form http://HOST:PORT',
    });
  }
  const isTls = url.protocol === 'https:';
  return {
    url: url.origin,
    isTls,
    host: withoutBrackets(url.hostname),
    port: Number(url.port || (isTls ? 443 : 80)),
    authorization: user.authorization,
  };
}

/** The proxy for a request; undefined for one that is sent directly. */
export function chooseProxy(settings: ProxySettings, target: Target): HttpProxy | undefined {
  const proxy = target.protocol === 'https:' ? settings.https : settings.http;
  if (proxy === undefined) return undefined;
  const host = withoutBrackets(target.host).toLowerCase().replace(/\.$/, '');
  const isDirect =
    isLoopback(host) ||
    METADATA_ADDRESSES.includes(host) ||
    settings.direct.some((entry) => matches(entry, host, target.port));
  return isDirect ? undefined : proxy;
}

/** @param entry a host, a domain with or without a dot before it, an IPv4 network, or `*`; each may end with a port */
function matches(entry: string, host: string, port: number): boolean {
  // An IPv6 address without brackets has colons, and no port.
  const [, before, onlyPort] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
  if (onlyPort !== undefined && Number(onlyPort) !== port) return false;
  const name = withoutBrackets(before ?? entry);
  if (name === '*') return true;
  if (name.includes('/')) return isInNetwork(name, host);
  const domain = name.replace(/^\*?\./, '');
  return host === domain || host.endsWith(`.${domain}`);
}

function isInNetwork(network: string, host: string): boolean {
  const [base = '', bits = ''] = network.split('/');
  const [first, second] = [toNumber(base), toNumber(host)];
  if (first === undefined || second === undefined || !/^\d+$/.test(bits)) return false;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(first / size) === Math.floor(second / size);
}

/** An IPv4 address as a number. */
function toNumber(address: string): number | undefined {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(address)) return undefined;
  return address.split('.').reduce((value, part) => value * 256 + Number(part), 0);
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}
