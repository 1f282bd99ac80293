import type { Account } from '../aws/arn.js';
import type { IamStatement } from './deploy-policy.js';

/** Whose tokens are accepted, and for what. */
export interface WebIdentity {
  /** The URL of the OpenID Connect issuer, with or without `https://`. */
  readonly issuer: string;
  readonly audience: string;
  /** May have `*` for any text. */
  readonly subject: string;
}

/** An issuer as IAM names it: its URL without `https://`. */
export function issuerHost(issuer: string): string {
  return issuer.replace(/^https:\/\//, '').replace(/\/$/, '');
}

/**
 * Returns the statement of a trust policy that lets those assume a role who have a token of an issuer. It checks the
 * audience, too: with the subject alone, a token that was made for another one would do.
 */
export function webIdentityStatement(
  { partition, accountId }: Account,
  { issuer, audience, subject }: WebIdentity,
): IamStatement {
  const host = issuerHost(issuer);
  const aud = { [`${host}:aud`]: audience };
  const sub = { [`${host}:sub`]: subject };
  return {
    Effect: 'Allow',
    Principal: { Federated: `arn:${partition}:iam::${accountId}:oidc-provider/${host}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: subject.includes('*')
      ? { StringEquals: aud, StringLike: sub }
      : { StringEquals: { ...aud, ...sub } },
  };
}
