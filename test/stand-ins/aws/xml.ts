export type XmlValue =
  | string
  | number
  | boolean
  | undefined
  | readonly XmlValue[]
  /** Entries of a key and a value, as the Query protocol writes maps. */
  | ReadonlyMap<string, XmlValue>
  | { readonly [name: string]: XmlValue };

/** The Query protocol wraps the entries of a list in `member`, S3 repeats the element itself. */
type ListStyle = 'member' | 'flat';

export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

function isList(value: XmlValue): value is readonly XmlValue[] {
  return Array.isArray(value);
}

function isMap(value: XmlValue): value is ReadonlyMap<string, XmlValue> {
  return value instanceof Map;
}

export function writeElement(name: string, value: XmlValue, lists: ListStyle): string {
  if (value === undefined) return '';
  if (isMap(value)) {
    const entry = [...value].map(([key, entryValue]) => ({ key, value: entryValue }));
    return writeElement(name, { entry }, 'flat');
  }
  if (isList(value)) {
    return lists === 'flat'
      ? value.map((entry) => writeElement(name, entry, lists)).join('')
      : `<${name}>${value.map((entry) => writeElement('member', entry, lists)).join('')}</${name}>`;
  }
  return `<${name}>${typeof value === 'object' ? writeFields(value, lists) : escapeText(String(value))}</${name}>`;
}

export function writeFields(fields: { readonly [name: string]: XmlValue }, lists: ListStyle): string {
  return Object.entries(fields)
    .map(([name, value]) => writeElement(name, value, lists))
    .join('');
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeText(text: string): string {
  // Control characters (a key may hold a carriage return) survive a parser only as references.
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped here
    /[&<>"\u0000-\u001f\u007f]/g,
    (character) => ENTITIES[character] ?? `&#x${character.charCodeAt(0).toString(16)};`,
  );
}

export interface XmlElement {
  name: string;
  text: string;
  children: XmlElement[];
}

const TOKEN = /<\?[^>]*\?>|<!--[\s\S]*?-->|<\/([\w:.-]+)\s*>|<([\w:.-]+)((?:\s[^<>]*?)?)(\/?)>|([^<]+)/gy;

/** Reads a request body: elements and text, no attributes. Returns undefined if it is not well formed. */
export function readXml(source: string): XmlElement | undefined {
  const top: XmlElement = { name: '', text: '', children: [] };
  const open: XmlElement[] = [top];
  let position = 0;
  for (const token of source.matchAll(TOKEN)) {
    position = token.index + token[0].length;
    const current = open.at(-1);
    if (current === undefined) return undefined;
    const [, closing, opening, , empty, text] = token;
    if (text !== undefined) {
      current.text += unescapeText(text);
    } else if (closing !== undefined) {
      if (open.length < 2 || current.name !== localName(closing)) return undefined;
      open.pop();
    } else if (opening !== undefined) {
      const element: XmlElement = { name: localName(opening), text: '', children: [] };
      current.children.push(element);
      if (empty !== '/') open.push(element);
    }
  }
  const [root, ...more] = top.children;
  return position === source.length && open.length === 1 && more.length === 0 ? root : undefined;
}

export function childText(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function unescapeText(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(amp|lt|gt|quot|apos));/gi, (_, hex, decimal, name) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(String(hex), 16));
    if (decimal !== undefined) return String.fromCodePoint(Number.parseInt(String(decimal), 10));
    return { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }[String(name).toLowerCase()] ?? '';
  });
}
