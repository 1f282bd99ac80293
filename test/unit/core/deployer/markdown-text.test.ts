import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { markdownLink, markdownText } from '../../../../src/core/deployer/markdown-text.js';

const LIMIT = 1000;

describe('markdownText', () => {
  test.each([
    ['words', 'plain words, 12 % of "it\'s" /here/', 'plain words, 12 % of "it\'s" /here/'],
    ['a mention', '@channel', '@\u200bchannel'],
    ['an e-mail address', 'a.b@c.de', 'a\\.b@\u200bc\\.de'],
    ['a mention of Slack', '<!here>', '&#60;\\!here&#62;'],
    ['a link of Slack', '<https://x.de|y>', '&#60;https&#58;//x\\.de&#124;y&#62;'],
    ['a link', '[x](https://y)', '\\[x\\]\\(https&#58;//y\\)'],
    ['an image', '![x](y)', '\\!\\[x\\]\\(y\\)'],
    ['a URL', 'www.example.com/x', 'www\\.example\\.com/x'],
    ['emphasis', '**a** _b_ ~~c~~', '\\*\\*a\\*\\* \\_b\\_ &#126;&#126;c&#126;&#126;'],
    ['code', '```sh `x`', '\\`\\`\\`sh \\`x\\`'],
    ['a heading or hashtag', '# a #tag', '&#35; a &#35;tag'],
    ['a channel', '~town-square', '&#126;town\\-square'],
    ['an emoji', ':goat: :) ;) <3', '&#58;goat: &#58;\\) &#59;\\) &#60;3'],
    ['a formula', '$x$', '&#36;x&#36;'],
    ['a table', '| a | b |', '&#124; a &#124; b &#124;'],
    ['a list', '- a', '\\- a'],
    ['HTML', '<b>&lt;</b>', '&#60;b&#62;&#38;lt&#59;&#60;/b&#62;'],
    ['an escape', '\\*', '&#92;\\*'],
    ['colons and semicolons of a sentence', 'cannot do: that; no', 'cannot do: that; no'],
    ['lines', ' a\r\n\tb\u2028c\u2424d\u00a0e ', 'a b c d e'],
    ['escape sequences', 'a\u001b]0;b\u0007', 'a \\]0&#59;b'],
    ['text that runs the other way', 'a\u202eb\u2066c\u200f', 'abc'],
    ['words and emoji with joiners', 'می\u200cخواهم 👩\u200d💻', 'می\u200cخواهم 👩\u200d💻'],
    ['half a surrogate pair', 'a\ud83d', 'a\ufffd'],
    ['nothing', '\u0000', ''],
  ])('makes text of %s', (_, text, expected) => {
    expect(markdownText(text, LIMIT)).toBe(expected);
  });

  test.each([
    ['abcd', 4, 'abcd'],
    ['abcde', 4, 'abc…'],
    ['a*b', 3, 'a…'],
    ['😀😀', 3, '😀…'],
    ['@@', 3, '@\u200b…'],
    ['', 1, ''],
  ])('cuts %j to %i characters, and no character or escape in half', (text, limit, expected) => {
    expect(markdownText(text, limit)).toBe(expected);
  });

  test('is displayed as the text, whatever it is', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const escaped = markdownText(text, LIMIT);
        expect(visible(display(escaped))).toBe(visible(text));
        expect(escaped).not.toMatch(ACTIVE);
      }),
    );
  });
});

/** What Mattermost gives a meaning: all but a mention with its zero-width space, escapes and references. */
const ACTIVE =
  /@(?!\u200b)|(?<!\\)[`*_[\]()+\-.!]|[<>~$|]|(?<!&)#|&(?!#\d+;)|\\(?![`*_[\]()+\-.!])|:(?! )|(?<!&#\d+);(?! )|[\p{Cc}\p{Cs}]|[^\P{Cf}\u200b\u200c\u200d]/u;

/** As a reader of Markdown without formatting displays it. */
function display(escaped: string): string {
  return escaped
    .replaceAll('\u200b', '')
    .replace(
      /\\(.)|&#(\d+);/gu,
      (_, char: string | undefined, code) => char ?? String.fromCharCode(Number(code)),
    );
}

function visible(text: string): string {
  return text.replace(/[\s\p{C}\u2424\ufffd]/gu, '');
}

const hostileText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom(...'@#~$:;<>&\\`*_[]()|!-+. \n\ud83d\u202ea1', '&lt;', 'http://', 'www.', '@all'))
    .map((parts) => parts.join('')),
);

describe('markdownLink', () => {
  test.each([
    ['https://example.com', '[x](https://example.com/)'],
    ['https://EXAMPLE.com:8443/a/b?c=d&e#f', '[x](https://example.com:8443/a/b?c=d&e#f)'],
    [
      'https://example.com/(a)_<b>_@all|~c~$d$',
      '[x](https://example.com/%28a%29_%3Cb%3E_%40all%7C%7Ec%7E%24d%24)',
    ],
    ['https://bücher.example/', '[x](https://xn--bcher-kva.example/)'],
    ['http://example.com', 'x'],
    ['javascript:alert(1)', 'x'],
    ['https://user:secret@example.com', 'x'],
    ['https://[::1]/', 'x'],
    [`https://example.com/${'a'.repeat(100)}`, 'x'],
    ['', 'x'],
  ])('%s', (url, expected) => {
    expect(markdownLink('x', url, 100)).toBe(expected);
  });
});
