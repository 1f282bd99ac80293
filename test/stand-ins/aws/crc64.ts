/**
 * CRC-64/NVME, which S3 computes for an object without a checksum. Numbers of 64 bits are kept in two halves, and
 * eight tables process eight bytes at a time: with BigInt, large archives would block the server.
 */

/** The polynomial 0xad93d23594c93659, its bits in reverse. */
const [POLYNOMIAL_LOW, POLYNOMIAL_HIGH] = [0xac4bc9b5, 0x9a6c9329];

const [LOW, HIGH] = makeTables();

/** Eight tables in one array: the n-th has the checksum of a byte followed by n zero bytes. */
function makeTables(): [Uint32Array, Uint32Array] {
  const low = new Uint32Array(8 * 256);
  const high = new Uint32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let [l, h] = [byte, 0];
    for (let bit = 0; bit < 8; bit++) {
      const isOdd = (l & 1) !== 0;
      l = (l >>> 1) | (h << 31);
      h >>>= 1;
      if (isOdd) {
        l ^= POLYNOMIAL_LOW;
        h ^= POLYNOMIAL_HIGH;
      }
    }
    low[byte] = l;
    high[byte] = h;
  }
  for (let index = 256; index < 8 * 256; index++) {
    const [l, h] = [low[index - 256] ?? 0, high[index - 256] ?? 0];
    low[index] = ((l >>> 8) | (h << 24)) ^ (low[l & 255] ?? 0);
    high[index] = (h >>> 8) ^ (high[l & 255] ?? 0);
  }
  return [low, high];
}

/** The checksum, most significant byte first. */
export function crc64nvme(bytes: Buffer): Buffer {
  const whole = bytes.length - (bytes.length % 8);
  let low = -1;
  let high = -1;
  let at = 0;
  for (; at < whole; at += 8) {
    low ^= bytes.readInt32LE(at);
    high ^= bytes.readInt32LE(at + 4);
    const [a, b, c, d] = [
      1792 + (low & 255),
      1536 + ((low >>> 8) & 255),
      1280 + ((low >>> 16) & 255),
      1024 + (low >>> 24),
    ];
    const [e, f, g, h] = [
      768 + (high & 255),
      512 + ((high >>> 8) & 255),
      256 + ((high >>> 16) & 255),
      high >>> 24,
    ];
    low =
      look(LOW, a) ^
      look(LOW, b) ^
      look(LOW, c) ^
      look(LOW, d) ^
      look(LOW, e) ^
      look(LOW, f) ^
      look(LOW, g) ^
      look(LOW, h);
    high =
      look(HIGH, a) ^
      look(HIGH, b) ^
      look(HIGH, c) ^
      look(HIGH, d) ^
      look(HIGH, e) ^
      look(HIGH, f) ^
      look(HIGH, g) ^
      look(HIGH, h);
  }
  for (; at < bytes.length; at++) {
    const index = (low ^ (bytes[at] ?? 0)) & 255;
    low = ((low >>> 8) | (high << 24)) ^ look(LOW, index);
    high = (high >>> 8) ^ look(HIGH, index);
  }
  const result = Buffer.alloc(8);
  result.writeInt32BE(~high, 0);
  result.writeInt32BE(~low, 4);
  return result;
}

function look(table: Uint32Array, index: number): number {
  return table[index] as number;
}
