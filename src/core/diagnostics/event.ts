import type { Finding } from './findings.js';

/** The kinds of things that appsctl finds, makes or changes. */
export type ResourceKind =
  | 'bucket'
  | 'user'
  | 'group'
  | 'invoke policy'
  | 'execution role'
  | 'access key'
  | 'function'
  | 'asset'
  | 'manifest'
  | 'listing'
  | 'installation';

/** What became of a thing. */
export type Outcome = 'found' | 'created' | 'updated' | 'unchanged';

/** What an operation tells while it runs. */
export type AppsctlEvent =
  | {
      readonly type: 'resource';
      readonly kind: ResourceKind;
      readonly name: string;
      readonly outcome: Outcome;
      readonly detail?: string;
    }
  | {
      readonly type: 'request';
      /** Who was asked: a service of AWS, or `mattermost`. */
      readonly service: 'iam' | 'lambda' | 's3' | 'sts' | 'mattermost';
      /** What for; says nothing of what was sent. */
      readonly operation: string;
      /** The status of the answer and the name of an error, or why there was no answer. */
      readonly outcome: string;
      readonly milliseconds: number;
    }
  | { readonly type: 'waiting'; readonly reason: string }
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'finding'; readonly file: string; readonly finding: Finding };

/** Takes the events of an operation; must not throw. */
export type EventListener = (event: AppsctlEvent) => void;
