/** Whether a text is an http or https URL without user, query and fragment. */
export function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
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
