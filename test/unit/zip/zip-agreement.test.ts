import { describe, expect, test } from 'vitest';
import { BUNDLE_ZIP } from '../../../src/bundle/zip-limits.js';
import { MemorySource } from '../../../src/zip/byte-source.js';
import { ZipFile } from '../../../src/zip/zip-file.js';
import { ZIP } from '../../support/messages/bundle.js';
import { extraField, type RawEntry, rawZip, unicodePath, zip64 } from '../../support/raw-zip.js';

/** Reads name and content of a zip's only entry. */
async function readOnly(entry: RawEntry): Promise<[name: string, content: string]> {
  const zip = await ZipFile.open(new MemorySource(rawZip([entry])), BUNDLE_ZIP);
  const [only] = zip.entries;
  if (only === undefined) throw new Error('no entry');
  return [only.name, (await zip.read(only)).toString()];
}

const NAME = 'static/harmless.txt';
const EVIL = 'static/evil.html';
const LATIN1 = Buffer.from('caf\u00e9', 'latin1');

describe('the Unicode Path fields of an entry', () => {
  const stale = unicodePath('another name', EVIL);
  const same = unicodePath(NAME, NAME);
  const evil = unicodePath(NAME, EVIL);

  test.each<[string, Buffer[]]>([
    ['with the same name', [same, same]],
    ['with the CRC-32 of another name', [stale, stale]],
    ['of an unknown version', [extraField(0x7075, Buffer.from([2, 0, 0, 0, 0]), Buffer.from(EVIL))]],
    ['without a name', [unicodePath(NAME, '')]],
  ])('%s are accepted, in the central directory and in the local file header', async (_, fields) => {
    const extra = Buffer.concat(fields);
    expect(await readOnly({ name: NAME, data: 'x', central: { extra }, local: { extra } })).toEqual([
      NAME,
      'x',
    ]);
  });

  test.each<[string, Buffer[]]>([
    ['the only one', [evil]],
    ['the first one', [evil, same]],
    ['the last one', [same, evil]],
    ['one after a stale one', [stale, evil]],
    ['one after other fields', [extraField(0x5455, Buffer.alloc(5)), same, evil]],
    ['one that is not UTF-8', [unicodePath(NAME, LATIN1)]],
  ])('must not give it a second name: %s', async (_, fields) => {
    const extra = Buffer.concat(fields);
    await expect(readOnly({ name: NAME, central: { extra } })).rejects.toThrow(
      /^the entry static\/harmless\.txt has a second name, (?:static\/evil\.html|which is not valid UTF-8)$/,
    );
    await expect(readOnly({ name: NAME, local: { extra } })).rejects.toThrow(ZIP.contradiction);
  });

  test('name an entry whose raw name is not UTF-8, and must agree on the name', async () => {
    const cafe = unicodePath(LATIN1, 'caf\u00e9');
    const entry = { name: LATIN1, data: 'x', central: { extra: cafe }, local: { extra: cafe } };
    expect(await readOnly(entry)).toEqual(['caf\u00e9', 'x']);
    const other = unicodePath(LATIN1, 'cafe');
    await expect(
      readOnly({ name: LATIN1, central: { extra: Buffer.concat([cafe, other]) } }),
    ).rejects.toThrow('the entry caf\u00e9 has a second name, cafe');
    await expect(readOnly({ ...entry, local: { extra: other } })).rejects.toThrow(ZIP.contradiction);
  });
});

describe('a local file header whose sizes are in its zip64 field', () => {
  const MASK = 0xffffffff;
  const DESCRIPTOR = 0x8;
  const both = { size: MASK, compressedSize: MASK };
  const local = (header: RawEntry['local']) => readOnly({ name: 'a', data: 'abc', local: { ...header } });

  test.each<[string, RawEntry['local']]>([
    ['both', { ...both, extra: zip64(3, 3) }],
    ['both, with other fields', { ...both, extra: Buffer.concat([extraField(0xcafe), zip64(3, 3)]) }],
    ['both, with padding', { ...both, extra: Buffer.concat([zip64(3, 3), Buffer.alloc(3)]) }],
    ['one', { size: MASK, extra: zip64(3) }],
    ['the other', { compressedSize: MASK, extra: zip64(3, 3) }],
  ])('is accepted if the field is correct: %s', async (_, header) => {
    expect(await local(header)).toEqual(['a', 'abc']);
  });

  test.each<[string, RawEntry['local']]>([
    ['has no such field', both],
    ['has one with another uncompressed size', { ...both, extra: zip64(4, 3) }],
    ['has one with another compressed size', { ...both, extra: zip64(3, 4) }],
    ['has one with only one size', { ...both, extra: zip64(3) }],
    ['has a second one that differs', { ...both, extra: Buffer.concat([zip64(3, 3), zip64(4, 4)]) }],
    ['has one with zeros, but no data descriptor', { ...both, extra: zip64(0, 0) }],
    ['needs one size from it, and the other is wrong', { size: MASK, extra: zip64(3, 4) }],
  ])('is rejected if it %s', async (_, header) => {
    await expect(local(header)).rejects.toThrow(ZIP.contradiction);
  });

  test('is rejected if readers would use different values as the compressed size', async () => {
    const entry = { name: 'a', data: 'abc'.repeat(100), deflated: true };
    const compressedSize = rawZip([entry]).readUInt32LE(18);
    const readWith = (extra: Buffer) => readOnly({ ...entry, local: { compressedSize: MASK, extra } });
    expect(await readWith(zip64(compressedSize))).toEqual(['a', entry.data]);
    // The first value is either the uncompressed size or the only size that is needed.
    await expect(readWith(zip64(300, compressedSize))).rejects.toThrow(ZIP.contradiction);
    await expect(readWith(zip64(compressedSize, 300))).rejects.toThrow(ZIP.contradiction);
  });

  test('may have zeros if there is a data descriptor', async () => {
    const zeros = { flags: DESCRIPTOR, crc: 0, ...both, extra: zip64(0, 0) };
    const entry = { name: 'a', data: 'abc', central: { flags: DESCRIPTOR }, local: zeros };
    // The data descriptor, which is checked after the headers, is missing.
    await expect(readOnly(entry)).rejects.toThrow(ZIP.badDescriptor);
    const other = { ...zeros, extra: zip64(4, 4) };
    await expect(readOnly({ ...entry, local: other })).rejects.toThrow(ZIP.contradiction);
  });

  test('is rejected if its extra fields are malformed', async () => {
    const extra = zip64(3, 3).subarray(0, -1);
    await expect(local({ ...both, extra })).rejects.toThrow(
      'the extra fields of its local file header are malformed',
    );
  });
});

test('a central directory header with several zip64 fields is rejected', async () => {
  const extra = Buffer.concat([zip64(3, 3), zip64(4, 4)]);
  const central = { size: 0xffffffff, compressedSize: 0xffffffff, extra };
  await expect(readOnly({ name: 'a', data: 'abc', central })).rejects.toThrow(
    'the entry a has several zip64 extra fields',
  );
});
