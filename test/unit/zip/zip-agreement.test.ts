import { describe, expect, test } from 'vitest';
import { BUNDLE_ZIP } from '../../../src/bundle/zip-limits.js';
import { MemorySource } from '../../../src/zip/byte-source.js';
import { ZipFile } from '../../../src/zip/zip-file.js';
import { extraField, type RawEntry, rawZip, unicodePath, zip64 } from '../../support/raw-zip.js';

/** Reads the only entry of a zip: its name and content. */
async function readOnly(entry: RawEntry): Promise<[name: string, content: string]> {
  const zip = await ZipFile.open(new MemorySource(rawZip([entry])), BUNDLE_ZIP);
  const [only] = zip.entries;
  if (only === undefined) throw new Error('no entry');
  return [only.name, (await zip.read(only)).toString()];
}

const NAME = 'static/harmless.txt';
const EVIL = 'static/evil.html';
const CONTRADICTION = 'its local header contradicts the directory';
const LATIN1 = Buffer.from('caf\u00e9', 'latin1');

describe('the Unicode Path fields of an entry', () => {
  const stale = unicodePath('another name', EVIL);
  const same = unicodePath(NAME, NAME);
  const evil = unicodePath(NAME, EVIL);

  test.each<[string, Buffer[]]>([
    ['that repeat its name', [same, same]],
    ['that were made for another name', [stale, stale]],
    ['of a version that nobody reads', [extraField(0x7075, Buffer.from([2, 0, 0, 0, 0]), Buffer.from(EVIL))]],
    ['without a name', [unicodePath(NAME, '')]],
  ])('%s do no harm, in the directory and in the local header', async (_, fields) => {
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
    ['one behind a stale one', [stale, evil]],
    ['one behind other fields', [extraField(0x5455, Buffer.alloc(5)), same, evil]],
    ['one that is not UTF-8', [unicodePath(NAME, LATIN1)]],
  ])('may not give it a second name: %s', async (_, fields) => {
    const extra = Buffer.concat(fields);
    await expect(readOnly({ name: NAME, central: { extra } })).rejects.toThrow(
      /^the entry static\/harmless\.txt has a second name, (?:static\/evil\.html|which is not UTF-8)$/,
    );
    await expect(readOnly({ name: NAME, local: { extra } })).rejects.toThrow(CONTRADICTION);
  });

  test('give a name to an entry whose own is not UTF-8, and must agree on it', async () => {
    const cafe = unicodePath(LATIN1, 'caf\u00e9');
    const entry = { name: LATIN1, data: 'x', central: { extra: cafe }, local: { extra: cafe } };
    expect(await readOnly(entry)).toEqual(['caf\u00e9', 'x']);
    const other = unicodePath(LATIN1, 'cafe');
    await expect(
      readOnly({ name: LATIN1, central: { extra: Buffer.concat([cafe, other]) } }),
    ).rejects.toThrow('the entry caf\u00e9 has a second name, cafe');
    await expect(readOnly({ ...entry, local: { extra: other } })).rejects.toThrow(CONTRADICTION);
  });
});

describe('a local header that leaves sizes to its zip64 field', () => {
  const MASK = 0xffffffff;
  const DESCRIPTOR = 0x8;
  const both = { size: MASK, packedSize: MASK };
  const local = (header: RawEntry['local']) => readOnly({ name: 'a', data: 'abc', local: { ...header } });

  test.each<[string, RawEntry['local']]>([
    ['both', { ...both, extra: zip64(3, 3) }],
    ['both, beside other fields', { ...both, extra: Buffer.concat([extraField(0xcafe), zip64(3, 3)]) }],
    ['both, with padding', { ...both, extra: Buffer.concat([zip64(3, 3), Buffer.alloc(3)]) }],
    ['one', { size: MASK, extra: zip64(3) }],
    ['the other', { packedSize: MASK, extra: zip64(3, 3) }],
  ])('is believed when the field agrees: %s', async (_, header) => {
    expect(await local(header)).toEqual(['a', 'abc']);
  });

  test.each<[string, RawEntry['local']]>([
    ['has no such field', both],
    ['has one with another unpacked size', { ...both, extra: zip64(4, 3) }],
    ['has one with another packed size', { ...both, extra: zip64(3, 4) }],
    ['has one with one size only', { ...both, extra: zip64(3) }],
    ['has a second one that differs', { ...both, extra: Buffer.concat([zip64(3, 3), zip64(4, 4)]) }],
    ['has one with zeros, though no sizes follow', { ...both, extra: zip64(0, 0) }],
    ['leaves one to it and has another beside', { size: MASK, extra: zip64(3, 4) }],
  ])('is refused when it %s', async (_, header) => {
    await expect(local(header)).rejects.toThrow(CONTRADICTION);
  });

  test('is refused when readers would take another value for the packed size', async () => {
    const entry = { name: 'a', data: 'abc'.repeat(100), deflated: true };
    const packed = rawZip([entry]).readUInt32LE(18);
    const leftOut = (extra: Buffer) => readOnly({ ...entry, local: { packedSize: MASK, extra } });
    expect(await leftOut(zip64(packed))).toEqual(['a', entry.data]);
    // The first value is either the unpacked size, as always, or the only one that is needed.
    await expect(leftOut(zip64(300, packed))).rejects.toThrow(CONTRADICTION);
    await expect(leftOut(zip64(packed, 300))).rejects.toThrow(CONTRADICTION);
  });

  test('may have zeros where the sizes follow the data', async () => {
    const zeros = { flags: DESCRIPTOR, crc: 0, ...both, extra: zip64(0, 0) };
    const entry = { name: 'a', data: 'abc', central: { flags: DESCRIPTOR }, local: zeros };
    // What follows the data is missing, so that the headers have been compared.
    await expect(readOnly(entry)).rejects.toThrow('what follows its data contradicts the directory');
    const other = { ...zeros, extra: zip64(4, 4) };
    await expect(readOnly({ ...entry, local: other })).rejects.toThrow(CONTRADICTION);
  });

  test('is refused when its extra fields are malformed', async () => {
    const extra = zip64(3, 3).subarray(0, -1);
    await expect(local({ ...both, extra })).rejects.toThrow(
      'the extra fields of its local header are malformed',
    );
  });
});

test('an entry of the directory with several zip64 fields is refused', async () => {
  const extra = Buffer.concat([zip64(3, 3), zip64(4, 4)]);
  const central = { size: 0xffffffff, packedSize: 0xffffffff, extra };
  await expect(readOnly({ name: 'a', data: 'abc', central })).rejects.toThrow(
    'the entry a has several zip64 fields',
  );
});
