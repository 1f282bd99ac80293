import { parseUrl } from '../http-url.js';

/** A colon or semicolon before a space begins nothing: no link, emoji or emoticon. */
const TOKENS = /[:;] |./gu;

/**
 * Makes text from outside safe as a part of a Mattermost message: one line that is displayed as it is. It mentions nobody,
 * links to nothing and has no formatting, control or bidirectional characters.
 *
 * Mattermost looks for mentions, hashtags, channels, emoji and links after it has removed backslashes, and the server
 * converts links and mentions of Slack before. So only a few characters get a backslash, most a character reference, which
 * no step takes for more than the character. A mention is looked for after references are resolved: a zero-width space
 * prevents it.
 *
 * Rules: webapp/channels/src/utils/text_formatting.tsx, server/channels/app/slack.go and mention_parser_standard.go of
 * Mattermost, lib/marked.js of mattermost/marked
 *
 * @param limit the most characters of the result, which ends with `…` if it was cut
 */
export function markdownText(text: string, limit: number): string {
  let whole = '';
  let head = '';
  for (const [token] of plainLine(text).matchAll(TOKENS)) {
    whole += escapeToken(token);
    if (whole.length > limit) return `${head}…`;
    if (whole.length < limit) head = whole;
  }
  return whole;
}

/**
 * A link in a Mattermost message.
 *
 * @param text as {@link markdownText} returns it
 * @returns the text alone unless the URL is an https URL of at most `limit` characters without user and password
 */
export function markdownLink(text: string, url: string, limit: number): string {
  const parsed = parseUrl(url);
  if (parsed === undefined) return text;
  const { protocol, username, password, hostname, href } = parsed;
  if (protocol !== 'https:' || `${username}${password}` !== '' || !/^[a-z0-9.-]+$/.test(hostname))
    return text;
  const target = href.replace(/[^A-Za-z0-9/:.?=&%#_+-]/g, percentEncode);
  return target.length > limit ? text : `[${text}](${target})`;
}

/** Joiners are kept: emoji and words of some languages consist of them. U+2424 is a line break for Mattermost. */
function plainLine(text: string): string {
  return text
    .replace(/[\s\p{Cc}\u2424]+/gu, ' ')
    .replace(/[^\P{Cf}\u200c\u200d]/gu, '')
    .replace(/\p{Cs}/gu, '\ufffd')
    .trim();
}

function escapeToken(token: string): string {
  if (token === '@') return '@\u200b';
  if (/^[`*_[\]()+\-.!]$/.test(token)) return `\\${token}`;
  if (/^[&<>#~$|\\:;]$/.test(token)) return `&#${token.charCodeAt(0)};`;
  return token;
}

function percentEncode(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
