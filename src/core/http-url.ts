/**
 * Parses a URL. `URL.canParse` of Node.js 20 and 22 does not do: once it has been called often enough to be optimized, it
 * refuses texts with characters such as "ü".
 *
 * @param base what a relative URL is relative to
 * @returns undefined for what is not a URL
 */
export function parseUrl(text: string, base?: string | URL): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}

/** Whether a text is an http or https URL without user, query and fragment. */
export function isHttpUrl(text: string): boolean {
  const url = parseUrl(text);
  if (url === undefined) return false;
  const { protocol, username, password, search, hash } = url;
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === '';
}

/** Whether requests to an http or https URL leave this machine unencrypted. */
export function isUnencrypted(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !isLoopback(hostname);
}

/** @param hostname as in a parsed URL; an IPv6 address may lack the brackets */
export function isLoopback(hostname: string): boolean {
  return /^(?:.*\.)?localhost\.?$|^127(?:\.\d+){3}$|^(?:::1|\[::1\])$/.test(hostname);
}
