import { readFileSync } from 'node:fs';
import type { IamPolicyDocument } from '../../src/core/policy/deploy-policy.js';

const text = readFileSync(new URL('../../docs/permissions.md', import.meta.url), 'utf8');

/** Returns the policies of a section of docs/permissions.md, whose heading begins with a text, as they are written there. */
export function documentedPolicies(heading: string): IamPolicyDocument[] {
  const section = text.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  const policies = [...section.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json = '']) => JSON.parse(json));
  if (policies.length === 0) throw new Error(`docs/permissions.md has no policy below ${heading}`);
  return policies;
}

/** Returns the first policy of a section, for an account, a region and a bucket. */
export function documentedPolicy(heading: string, bucket: string): IamPolicyDocument {
  const [policy] = documentedPolicies(heading);
  const filled = JSON.stringify(policy)
    .replaceAll('BUCKET', bucket)
    .replaceAll('REGION', 'us-east-1')
    .replaceAll('111122223333', '123456789012');
  return JSON.parse(filled);
}
