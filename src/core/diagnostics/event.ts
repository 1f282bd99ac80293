import type { AwsService } from '../aws-service.js';
import type { Finding } from './findings.js';

/** The kinds of resources that appsctl finds, creates or updates. */
export type ResourceKind =
  | 'bucket'
  | 'lifecycle rules'
  | 'user'
  | 'group'
  | 'group membership'
  | 'invoke policy'
  | 'policy attachment'
  | 'execution role'
  | 'access key'
  | 'environment file'
  | 'secret'
  | 'function'
  | 'asset'
  | 'manifest'
  | 'listing'
  | 'installation'
  | 'log group';

/** What happened to a resource. */
export type Outcome = 'found' | 'created' | 'updated' | 'unchanged' | 'removed' | 'kept';

/** What an operation reports while it runs. */
export type AppsctlEvent =
  | {
      /** Where an operation changes something; reported before the first change. */
      readonly type: 'account';
      readonly accountId: string;
      readonly region: string;
      /** Of a deployer: the ARN of the user or role that the credentials belong to. */
      readonly identity?: string;
    }
  | {
      readonly type: 'resource';
      readonly kind: ResourceKind;
      readonly name: string;
      readonly outcome: Outcome;
      readonly detail?: string;
    }
  | {
      readonly type: 'build';
      /** The build command of an app. */
      readonly command: string;
      readonly state: 'started' | 'ended';
    }
  | {
      readonly type: 'build-output';
      /** A line that the build command of an app has written. */
      readonly line: string;
    }
  | {
      readonly type: 'request';
      /** An AWS service, `mattermost`, `pushgateway`, or `download` for a bundle from a URL. */
      readonly service: AwsService | 'mattermost' | 'download' | 'pushgateway';
      /** The operation and its resource; never its payload. */
      readonly operation: string;
      /** The HTTP status and the error name if there is one, or why there was no response. */
      readonly outcome: string;
      readonly milliseconds: number;
    }
  | {
      /** A new function gets settings of the previous version of the app. */
      readonly type: 'settings-taken-over';
      /** The name on AWS. */
      readonly name: string;
      /** The version of the app. */
      readonly version: string;
      /** One text for each setting; never the value of a variable or tag. */
      readonly settings: readonly string[];
    }
  | { readonly type: 'waiting'; readonly reason: string }
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'finding'; readonly file: string; readonly finding: Finding };

/** Receives the events of an operation; must not throw. */
export type EventListener = (event: AppsctlEvent) => void;
