import { randomBytes, randomInt } from 'node:crypto';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** An identifier in the form of IAM, such as AIDA for a user or AROA for a role. */
export function newId(prefix: string, letters = 17): string {
  return prefix + Array.from({ length: letters }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}

/**
 * The id of an access key. Since 2019 it encodes the account id: decoded as base32, bits 7 to 46 of the first six bytes
 * after the prefix. The bit above them is set in all such keys; the other bits are random.
 */
export function newAccessKeyId(accountId: string): string {
  return `AKIA${newKeyPart(accountId)}`;
}

/** The id of a temporary access key, which encodes the account id too. */
export function newSessionKeyId(accountId: string): string {
  return `ASIA${newKeyPart(accountId)}`;
}

function newKeyPart(accountId: string): string {
  const head = (1n << 47n) | (BigInt(accountId) << 7n) | BigInt(randomInt(128));
  let bits = (head << 32n) | BigInt(randomBytes(4).readUInt32BE());
  let text = '';
  for (let count = 0; count < 16; count++) {
    text = LETTERS.charAt(Number(bits & 31n)) + text;
    bits >>= 5n;
  }
  return text;
}

/** Forty characters, like a secret access key. */
export function newSecret(): string {
  return randomBytes(30).toString('base64');
}
