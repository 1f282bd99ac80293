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
/** An IAM policy document; what it has beyond these fields is kept as it is. */
export type PolicyDocument = z.infer<typeof documentSchema>;

/** The characters, white space not counted, that a managed policy may have. */
export const MAX_POLICY_CHARACTERS = 6144;

/**
 * Reads a policy document.
 *
 * @param name the policy, for the error
 * @param text JSON
 * @throws AppsctlError SERVICE when it is not a policy document
 */
export function parsePolicyDocument(name: string, text: string): PolicyDocument {
  try {
    return documentSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new AppsctlError('SERVICE', `the document of policy ${name} cannot be understood`, {
      hint: 'look at the policy in the IAM console',
      cause: error,
    });
  }
}

/** The characters that count against {@link MAX_POLICY_CHARACTERS}. */
export function policySize(document: PolicyDocument): number {
  return JSON.stringify(document).replace(/\s/g, '').length;
}

/** The statements of a document, which may be written as a list or as a single object. */
export function toStatements({ Statement }: PolicyDocument): PolicyStatement[] {
  return Array.isArray(Statement) ? Statement : [Statement];
}

/** The values of a field that may be written as a list or as a single string. */
export function toList(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

/** Whether two documents say the same; the order of keys and statements counts. */
export function isSameDocument(a: PolicyDocument, b: PolicyDocument): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * Whether a statement is about an action on a resource, as IAM reads it: actions without regard to case, `*` and `?` as
 * wildcards, NotAction and NotResource for everything else. Conditions are not evaluated.
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

/** Whether a text matches a pattern in which `*` is any text and `?` any character. Takes no more than their product of lengths. */
export function matchesWildcards(pattern: string, text: string): boolean {
  let patternAt = 0;
  let textAt = 0;
  let lastStar = -1;
  let retryAt = 0;
  while (textAt < text.length) {
    const wanted = pattern[patternAt];
    if (wanted === '*') {
      lastStar = patternAt++;
      retryAt = textAt;
    } else if (wanted !== undefined && (wanted === '?' || wanted === text[textAt])) {
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
