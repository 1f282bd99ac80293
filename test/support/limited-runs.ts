import type { IamPolicyDocument } from '../../src/core/policy/deploy-policy.js';
import { readAccountState } from './account-state.js';
import { type RunResult, startEnvironment, type TestEnvironment } from './environment.js';
import { createUserWith } from './restricted-user.js';

/** Returns the actions of a policy: those that are optional, or the others. */
export function listActions({ Statement }: IamPolicyDocument, isOptional: boolean): string[] {
  return Statement.filter(({ Sid = '' }) => Sid.startsWith('Optional') === isOptional).flatMap(
    ({ Action }) => Action,
  );
}

/** Returns a policy with only some of its actions. */
export function onlyWith(
  document: IamPolicyDocument,
  isAllowed: (action: string) => boolean,
): IamPolicyDocument {
  return {
    ...document,
    Statement: document.Statement.map((statement) => ({
      ...statement,
      Action: [statement.Action].flat().filter(isAllowed),
    })).filter(({ Action }) => Action.length > 0),
  };
}

/** Returns a policy without an action. */
export function without(document: IamPolicyDocument, action: string): IamPolicyDocument {
  return onlyWith(document, (item) => item !== action);
}

/** A command line, and what happens before it. */
export type Step = readonly [
  args: readonly string[],
  before?: (environment: TestEnvironment) => Promise<void>,
];

export interface Outcome {
  readonly result: RunResult;
  readonly isChanged: boolean;
}

/** Runs steps as a user with a policy, until one fails; returns the outcome of the last one. */
export async function runAs(
  document: IamPolicyDocument,
  start: TestEnvironment,
  steps: readonly Step[],
): Promise<Outcome> {
  const environment = await startEnvironment({ like: start });
  try {
    const env = await createUserWith(environment, document);
    let outcome: Outcome | undefined;
    for (const [args, before] of steps) {
      await before?.(environment);
      const state = readAccountState(environment).resources;
      const result = await environment.run(args, { env });
      outcome = {
        result,
        isChanged: JSON.stringify(readAccountState(environment).resources) !== JSON.stringify(state),
      };
      if (result.code !== 0) break;
    }
    if (outcome === undefined) throw new Error('there are no steps');
    return outcome;
  } finally {
    await environment.stop();
  }
}
