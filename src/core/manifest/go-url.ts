/**
 * What Go's net/url accepts, because the server parses manifests with it; the WHATWG parser of the platform
 * repairs or refuses other things. Rule: https://pkg.go.dev/net/url (Parse, ParseRequestURI, PathUnescape).
 */

/** The parts of a URL that the rules below look at; host and path are bytes as Latin-1 text, unescaped. */
export interface GoUrl {
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
}

/** Thrown for a URL that Go refuses; the message says why. */
export class GoUrlError extends Error {
  override readonly name = 'GoUrlError';
}

type EscapeMode = 'path' | 'host' | 'zone' | 'userinfo';

/**
 * Parses like `url.ParseRequestURI`: an absolute URL or path; `#` has no meaning.
 *
 * @throws GoUrlError when Go would refuse the text
 */
export function parseRequestUri(text: string): GoUrl {
  return parse(bytes(text), true);
}

/**
 * Parses like `url.Parse`: any URL reference; what follows `#` is cut off.
 *
 * @throws GoUrlError when Go would refuse the text
 */
export function parseReference(text: string): GoUrl {
  const [reference = '', ...fragment] = bytes(text).split('#');
  const url = parse(reference, false);
  unescapePercent(fragment.join('#'), 'path');
  return url;
}

/**
 * Undoes percent escapes like `url.PathUnescape`, on Latin-1 text.
 *
 * @throws GoUrlError when an escape is malformed
 */
export function pathUnescape(text: string): string {
  return unescapePercent(text, 'path');
}

function parse(text: string, viaRequest: boolean): GoUrl {
  if ([...text].some((char) => char < ' ' || char === '\x7f')) fail('it has a control character');
  if (text === '' && viaRequest) fail('it is empty');
  if (text === '*') return { scheme: '', host: '', path: '*' };
  const { scheme, rest: afterScheme } = splitScheme(text);
  const [rest = ''] = afterScheme.split('?');
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { scheme, host: '', path: '' };
    if (viaRequest) fail('it is neither an absolute URL nor an absolute path');
    if (rest.split('/')[0]?.includes(':')) fail('its first path segment has a colon');
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
      fail('its user information has an invalid character');
    unescapePercent(userinfo, 'userinfo');
  }
  return host;
}

function parseHost(host: string): string {
  if (host.startsWith('[')) {
    const end = host.lastIndexOf(']');
    if (end < 0) fail('the ] of its host is missing');
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
  if (!/^(?::[0-9]*)?$/.test(text)) fail(`its port ${JSON.stringify(text)} is no number`);
}

function unescapePercent(text: string, mode: EscapeMode): string {
  const inHost = mode === 'host' || mode === 'zone';
  if (inHost && /[^A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"%\x80-\xff]/.test(text)) {
    fail('its host has an invalid character');
  }
  return text.replace(/%(.{0,2})/gs, (sequence: string, digits: string) => {
    if (!/^[0-9a-fA-F]{2}$/.test(digits)) fail(`its escape ${JSON.stringify(sequence)} is malformed`);
    const code = Number.parseInt(digits, 16);
    const char = String.fromCharCode(code);
    // In a host only bytes beyond ASCII may be escaped (RFC 3986), in a zone also what a host may hold plainly.
    if (mode === 'host' && code < 0x80 && sequence !== '%25') fail(`its host has the escape ${sequence}`);
    if (
      mode === 'zone' &&
      sequence !== '%25' &&
      char !== ' ' &&
      !/[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/.test(char)
    ) {
      fail(`its host has the escape ${sequence}`);
    }
    return char;
  });
}

/** UTF-8 bytes as Latin-1 text, since Go works on bytes. */
function bytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function fail(reason: string): never {
  throw new GoUrlError(reason);
}
