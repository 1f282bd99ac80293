import type { Account } from './arn.js';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** Keys of users begin with AKIA, temporary ones with ASIA. */
const KEY_ID = /^(?:AKIA|ASIA)([A-Z2-7]{16})$/;

/**
 * Guesses the account of an access key: since 2019, AWS writes it into the key's id, though without promising so.
 *
 * Problem: nearly everything that a deployment reads is addressed by the account, which only the first answer shows.
 * Gain: one round trip of each deployment; 80 of 330 ms of an unchanged one in `npm run bench`.
 * To remove: return undefined.
 *
 * Source: https://medium.com/@TalBeerySec/a-short-note-on-aws-key-id-f88cc4317489
 *
 * @returns undefined for a key that does not say it; what is returned may be wrong
 */
export function guessAccount(accessKeyId: string, region: string): Account | undefined {
  const text = KEY_ID.exec(accessKeyId)?.[1];
  if (text === undefined) return undefined;
  // The account is in the 40 bits after the first one; ten characters have 50.
  const bits = [...text.slice(0, 10)].reduce(
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
