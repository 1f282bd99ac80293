import type { AwsConnection } from '../../src/aws/client/connection.js';
import type { AppsctlEvent } from '../../src/core/diagnostics/event.js';
import { DEFAULT_TIMEOUTS } from '../../src/core/timeouts.js';
import type { LocalAws } from '../stand-ins/aws/index.js';
import { FakeClock } from './fake-clock.js';

/** A connection to a local AWS on a fake clock, and the events that are emitted on it. */
export function connectionTo(aws: Pick<LocalAws, 'endpoint' | 'region' | 'admin'>) {
  const events: AppsctlEvent[] = [];
  const clock = new FakeClock();
  const { endpoint, region } = aws;
  const connection: AwsConnection = {
    region,
    credentials: aws.admin,
    credentialsSource: 'MM_APPS_DEPLOY_AWS_ACCESS_KEY',
    credentialsOwner: 'the AWS user of MM_APPS_DEPLOY_AWS_ACCESS_KEY',
    endpoints: { iam: endpoint, lambda: endpoint, logs: endpoint, s3: endpoint, sts: endpoint },
    timeouts: DEFAULT_TIMEOUTS,
    clock,
    onEvent: (event) => events.push(event),
    signal: undefined,
  };
  /** The requests, each with its outcome. */
  const requests = (): string[] =>
    events.flatMap((event) => (event.type === 'request' ? [`${event.operation}: ${event.outcome}`] : []));
  return { connection, clock, events, requests };
}
