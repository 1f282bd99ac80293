/**
 * Parses URLs like Go's net/url, with which the server parses those in manifests. The WHATWG parser of Node.js accepts
 * and normalizes other URLs. Rule: https://pkg.go.dev/net/url (Parse, ParseRequestURI, PathUnescape).
 */

/** The parts of a URL that manifests are checked for. Host and path are unescaped bytes as Latin-1 text. */
export interface GoUrl {
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
}

/** Thrown for a URL that Go does not accept; the message is the reason. */
export class GoUrlError extends Error {
  override readonly name = 'GoUrlError';
}

type EscapeMode = 'path' | 'host' | 'zone' | 'userinfo';

/**
 * Parses like `url.ParseRequestURI`: an absolute URL or path; `#` is an ordinary character.
 *
 * @throws GoUrlError when Go does not accept the text
 */
export function parseRequestUri(text: string): GoUrl {
  return parse(toBytes(text), true);
}

/**
 * Parses like `url.Parse`: any URL reference; the fragment is removed.
 *
 * @throws GoUrlError when Go does not accept the text
 */
export function parseReference(text: string): GoUrl {
  const [reference = '', ...fragment] = toBytes(text).split('#');
  const url = parse(reference, false);
  unescapePercent(fragment.join('#'), 'path');
  return url;
}

/**
 * Decodes percent escapes like `url.PathUnescape`, on Latin-1 text.
 *
 * @throws GoUrlError when an escape is malformed
 */
export function pathUnescape(text: string): string {
  return unescapePercent(text, 'path');
}

function parse(text: string, viaRequest: boolean): GoUrl {
  if ([...text].some((char) => char < ' ' || char === '\x7f')) fail('it contains a control character');
  if (text === '' && viaRequest) fail('it is empty');
  if (text === '*') return { scheme: '', host: '', path: '*' };
  const { scheme, rest: afterScheme } = splitScheme(text);
  const [rest = ''] = afterScheme.split('?');
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { scheme, host: '', path: '' };
    if (viaRequest) fail('it is neither an absolute URL nor an absolute path');
    if (rest.split('/')[0]?.includes(':')) fail('its first path segment contains a colon');
  }
  const hasAuthority = rest.startsWith('//') && (scheme !== '' || (!viaRequest && !rest.startsWith('///')));
  if (!hasAuthority) return { scheme, host: '', path: unescapePercent(rest, 'path') };
  const slash = rest.indexOf('/', 2);
  const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash);
  const host = parseAuthority(authority);
  return { scheme, host, path: unescapePercent(slash < 0 ? '' : rest.slice(slash), 'path') };
}

function splitScheme(text: string): { scheme: string; rest: string } {
  if (text.startsWith(':')) fail('its scheme is missing');
  const match = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(text);
  if (match?.[1] === undefined) return { scheme: '', rest: text };
  return { scheme: match[1].toLowerCase(), rest: text.slice(match[0].length) };
}

function parseAuthority(authority: string): string {
  const at = authority.lastIndexOf('@');
  const host = parseHost(authority.slice(at + 1));
  if (at >= 0) {
    const userinfo = authority.slice(0, at);
    if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(userinfo))
      fail('its user information contains an invalid character');
    unescapePercent(userinfo, 'userinfo');
  }
  return host;
}

function parseHost(host: string): string {
  if (host.startsWith('[')) {
    const end = host.lastIndexOf(']');
    if (end < 0) fail('its host has no closing "]"');
    checkPort(host.slice(end + 1));
    const zone = host.slice(0, end).indexOf('%25');
    if (zone >= 0) {
      return (
        unescapePercent(host.slice(0, zone), 'host') +
        unescapePercent(host.slice(zone, end), 'zone') +
        unescapePercent(host.slice(end), 'host')
      );
    }
  } else {
    const colon = host.lastIndexOf(':');
    if (colon >= 0) checkPort(host.slice(colon));
  }
  return unescapePercent(host, 'host');
}

function checkPort(text: string): void {
  if (!/^(?::[0-9]*)?$/.test(text)) fail(`its port ${JSON.stringify(text)} is not a number`);
}

function unescapePercent(text: string, mode: EscapeMode): string {
  const inHost = mode === 'host' || mode === 'zone';
  if (inHost && /[^A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"%\x80-\xff]/.test(text)) {
    fail('its host contains an invalid character');
  }
  return text.replace(/%(.{0,2})/gs, (sequence: string, digits: string) => {
    if (!/^[0-9a-fA-F]{2}$/.test(digits)) fail(`its escape ${JSON.stringify(sequence)} is malformed`);
    const code = Number.parseInt(digits, 16);
    const char = String.fromCharCode(code);
    // In a host only non-ASCII bytes may be escaped (RFC 3986), in a zone also the characters that a host may contain.
    if (mode === 'host' && code < 0x80 && sequence !== '%25')
      fail(`its host contains the escape ${sequence}`);
    if (
      mode === 'zone' &&
      sequence !== '%25' &&
      char !== ' ' &&
      !/[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/.test(char)
    ) {
      fail(`its host contains the escape ${sequence}`);
    }
    return char;
  });
}

/** UTF-8 bytes as Latin-1 text, as Go parses bytes. */
function toBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function fail(reason: string): never {
  throw new GoUrlError(reason);
}
