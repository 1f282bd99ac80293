import * as z from 'zod/mini';
import { AppsctlError } from '../diagnostics/error.js';

const strings = z.union([z.string(), z.array(z.string())]);
const statementSchema = z.looseObject({
  Sid: z.optional(z.string()),
  Effect: z.string(),
  Action: z.optional(strings),
  NotAction: z.optional(strings),
  Resource: z.optional(strings),
  NotResource: z.optional(strings),
});
const documentSchema = z.looseObject({ Statement: z.union([statementSchema, z.array(statementSchema)]) });

/** One statement of a policy document. */
export type PolicyStatement = z.infer<typeof statementSchema>;
/** An IAM policy document; other fields are preserved. */
export type PolicyDocument = z.infer<typeof documentSchema>;

/**
 * The maximum size of a managed policy in characters without white space. Source:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const MAX_POLICY_CHARACTERS = 6144;

/**
 * Parses a policy document.
 *
 * @param name the name of the policy, for the error
 * @throws AppsctlError SERVICE when the text is not a policy document
 */
export function parsePolicyDocument(name: string, text: string): PolicyDocument {
  try {
    return documentSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new AppsctlError('SERVICE', `policy ${name} has an invalid policy document`, {
      hint: 'check the policy in the IAM console',
      cause: error,
    });
  }
}

/** Returns the size that counts towards {@link MAX_POLICY_CHARACTERS}. */
export function policySize(document: PolicyDocument): number {
  return JSON.stringify(document).replace(/\s/g, '').length;
}

/** Returns the statements of a document: Statement is an array or a single object. */
export function toStatements({ Statement }: PolicyDocument): PolicyStatement[] {
  return Array.isArray(Statement) ? Statement : [Statement];
}

/** Returns the values of a field that is an array, a single string or absent. */
export function toList(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

/** Whether two documents are equal, including the order of keys and statements. */
export function isSameDocument(a: PolicyDocument, b: PolicyDocument): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * Whether a statement applies to an action on a resource: actions are not case-sensitive, `*` and `?` are wildcards,
 * NotAction and NotResource match everything except what they list. Conditions are not evaluated.
 *
 * Rule: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */
export function matchesStatement(statement: PolicyStatement, action: string, resource: string): boolean {
  const { Action, NotAction, Resource, NotResource } = statement;
  const isAction = (pattern: string): boolean =>
    matchesWildcards(pattern.toLowerCase(), action.toLowerCase());
  const isResource = (pattern: string): boolean => matchesWildcards(pattern, resource);
  const hasAction =
    NotAction === undefined ? toList(Action).some(isAction) : !toList(NotAction).some(isAction);
  const hasResource =
    NotResource === undefined ? toList(Resource).some(isResource) : !toList(NotResource).some(isResource);
  return hasAction && hasResource;
}

/**
 * Whether a text matches a pattern in which `*` is any text and `?` any character. Takes O(pattern length × text
 * length) time.
 */
export function matchesWildcards(pattern: string, text: string): boolean {
  let patternAt = 0;
  let textAt = 0;
  let lastStar = -1;
  let retryAt = 0;
  while (textAt < text.length) {
    const expected = pattern[patternAt];
    if (expected === '*') {
      lastStar = patternAt++;
      retryAt = textAt;
    } else if (expected === '?' || expected === text[textAt]) {
      patternAt++;
      textAt++;
    } else if (lastStar >= 0) {
      patternAt = lastStar + 1;
      textAt = ++retryAt;
    } else {
      return false;
    }
  }
  while (pattern[patternAt] === '*') patternAt++;
  return patternAt === pattern.length;
}
