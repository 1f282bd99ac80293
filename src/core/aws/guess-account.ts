import type { Account } from './arn.js';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** Long-term access keys have the prefix AKIA, temporary ones ASIA. */
const KEY_ID = /^(?:AKIA|ASIA)([A-Z2-7]{16})$/;

/**
 * Guesses the account ID of an access key. Since 2019, AWS encodes it in the access key ID; this is not documented.
 *
 * Problem: most requests of a deployment need the account ID, which only the response to the first request contains.
 * Gain: one round trip per deployment; 80 of 330 ms of a deployment without changes in `npm run bench`.
 * To remove: return undefined.
 *
 * Source: https://medium.com/@TalBeerySec/a-short-note-on-aws-key-id-f88cc4317489
 *
 * @returns undefined for another form of access key ID; otherwise a guess, which may be wrong
 */
export function guessAccount(accessKeyId: string, region: string): Account | undefined {
  const encoded = KEY_ID.exec(accessKeyId)?.[1];
  if (encoded === undefined) return undefined;
  // The first ten characters are 50 bits: one unused bit, 40 bits with the account ID, and nine more.
  const bits = [...encoded.slice(0, 10)].reduce(
    (value, character) => value * 32n + BigInt(BASE32.indexOf(character)),
    0n,
  );
  const accountId = ((bits >> 2n) & 0x7fffffffff80n) >> 7n;
  return { accountId: String(accountId).padStart(12, '0'), partition: partitionForRegion(region) };
}

function partitionForRegion(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
