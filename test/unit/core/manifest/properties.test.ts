import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Findings } from '../../../../src/core/diagnostics/findings.js';
import { encodeManifest } from '../../../../src/core/manifest/encode.js';
import { CALL_FIELDS, EXPAND_FIELDS } from '../../../../src/core/manifest/manifest.js';
import { parseManifest } from '../../../../src/core/manifest/parse.js';
import { manifest } from '../../../support/bundle.js';

const call = fc.oneof(
  fc.string(),
  fc.record(
    {
      path: fc.string(),
      expand: fc.dictionary(fc.constantFrom(...EXPAND_FIELDS), fc.constantFrom('', 'all', 'summary', 'id')),
      state: fc.jsonValue(),
    },
    { requiredKeys: [] },
  ),
);
const anyManifest = fc
  .record(
    {
      ...Object.fromEntries(CALL_FIELDS.map((field) => [field, call])),
      description: fc.string({ unit: 'grapheme' }),
      requested_locations: fc.array(fc.string()),
      http: fc.record({ root_url: fc.webUrl(), use_jwt: fc.boolean() }),
      unknown: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  .map((fields) => ({ ...manifest(), ...fields }));

function normalize(bytes: Uint8Array): string {
  const findings = new Findings();
  const parsed = parseManifest(bytes, findings);
  expect(findings.errors).toEqual([]);
  if (parsed === undefined) throw new Error('no manifest');
  return Buffer.from(encodeManifest(parsed)).toString();
}

/** The same JSON with the keys of every object in another order, and fields of the manifest in another case. */
function shuffle(value: unknown, turn: number, recase: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffle(item, turn, false));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const turned = [
    ...entries.slice(turn % (entries.length + 1)),
    ...entries.slice(0, turn % (entries.length + 1)),
  ];
  return Object.fromEntries(
    turned.map(([key, item]) => [recase ? key.toUpperCase() : key, shuffle(item, turn, false)]),
  );
}

test('normalizing a manifest again changes nothing', () => {
  fc.assert(
    fc.property(anyManifest, (content) => {
      const once = normalize(Buffer.from(JSON.stringify(content)));
      expect(normalize(Buffer.from(once))).toBe(once);
    }),
  );
});

test('neither the order of the keys nor the case of the fields matters', () => {
  fc.assert(
    fc.property(anyManifest, fc.nat(20), fc.boolean(), (content, turn, recase) => {
      expect(normalize(Buffer.from(JSON.stringify(shuffle(content, turn, recase))))).toBe(
        normalize(Buffer.from(JSON.stringify(content))),
      );
    }),
  );
});

test('every http(s) URL that Node.js accepts is valid for the server, and no other URL', () => {
  const errors = (homepage_url: string): number => {
    const findings = new Findings();
    parseManifest(Buffer.from(JSON.stringify(manifest({ homepage_url }))), findings);
    return findings.errors.length;
  };
  const urls = fc.webUrl({ validSchemes: ['http', 'https', 'ftp', 'ws'], withQueryParameters: true });
  fc.assert(
    fc.property(urls, (url) => {
      expect(errors(url)).toBe(/^https?:/.test(url) ? 0 : 1);
    }),
  );
});
