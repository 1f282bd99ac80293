import { AwsError } from './errors.js';
import {
  INLINE_POLICY_CHARACTERS,
  MANAGED_POLICY_CHARACTERS,
  TRUST_POLICY_CHARACTERS,
} from './iam-quotas.js';
import { limitExceeded } from './iam-request.js';
import { type PolicyKind, PolicySyntaxError, readPolicy } from './policy-document.js';

/** Throws MalformedPolicyDocument unless IAM would take the text. */
export function checkDocument(text: string, kind: PolicyKind, partition: string): void {
  try {
    readPolicy(text, kind, partition);
  } catch (error) {
    if (error instanceof PolicySyntaxError) {
      throw new AwsError(400, 'MalformedPolicyDocument', error.message);
    }
    throw error;
  }
}

/** Policy quotas leave white space out. */
function sizeOf(document: string): number {
  return document.replace(/\s/g, '').length;
}

export function checkManagedSize(document: string): void {
  if (sizeOf(document) > MANAGED_POLICY_CHARACTERS) {
    throw limitExceeded(`Cannot exceed quota for PolicySize: ${MANAGED_POLICY_CHARACTERS}`);
  }
}

export function checkTrustSize(document: string): void {
  if (sizeOf(document) > TRUST_POLICY_CHARACTERS) {
    throw limitExceeded(`Cannot exceed quota for ACLSizePerRole: ${TRUST_POLICY_CHARACTERS}`);
  }
}

/** The quota holds for all inline documents of one user, group or role together. */
export function checkInlineSize(
  documents: readonly string[],
  owner: 'User' | 'Group' | 'Role',
  name: string,
): void {
  const most = INLINE_POLICY_CHARACTERS[owner];
  if (documents.reduce((sum, document) => sum + sizeOf(document), 0) > most) {
    throw limitExceeded(`Maximum policy size of ${most} bytes exceeded for ${owner.toLowerCase()} ${name}`);
  }
}
