import type { ObservedRequest } from '../stand-ins/aws/index.js';

/** A request of appsctl or of the Mattermost server: to AWS, as the local AWS observed it, or to Mattermost. */
export interface SentRequest extends Pick<ObservedRequest, 'operation' | 'resource'> {
  readonly service: ObservedRequest['service'] | 'mattermost';
  /** The SDK's name of the operation; for Mattermost the method and the path. */
  readonly operation: string;
  /** The ARN that the request is about, `*` where there is none; empty for Mattermost. */
  readonly resource: string;
}

/** Whether a request only reads. Invoking a function counts as a change. */
export function isRead({ service, operation }: Pick<SentRequest, 'service' | 'operation'>): boolean {
  return service === 'mattermost'
    ? /^GET |\/ping$/.test(operation)
    : /^(?:Describe|Get|Head|List)/.test(operation);
}

/** The requests that may have changed something. */
export function findChanges(requests: readonly SentRequest[]): SentRequest[] {
  return requests.filter((request) => !isRead(request));
}
