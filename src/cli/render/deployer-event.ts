import type { DeployerEvent } from '../../core/deployer/event.js';
import type { DeployedBundle, FailedBundle } from '../../core/deployer/report.js';
import { retryCommandOf } from '../../core/deployer/retry-command.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import { formatDuration } from '../../core/units.js';
import { renderError, stackTrace } from './error.js';
import type { Message } from './message.js';
import { describePass, toIso } from './pass.js';

/**
 * What people are told of a pass and its bundles; undefined for what the result tells them. The bundle itself is named
 * elsewhere.
 *
 * @param vocabulary the names of options and commands
 */
export function describePassEvent(
  event: Extract<DeployerEvent, { type: 'pass' | 'bundle' }>,
  vocabulary: Vocabulary,
): Message | undefined {
  switch (event.state) {
    case 'started':
      return info(
        event.type === 'pass'
          ? `run ${event.run}: bundles from bucket ${event.bucket} to environment ${event.environment}`
          : 'deploying the bundle',
      );
    case 'ended':
      return info(describePass(event.report));
    case 'deployed':
      return info(describeDeployed(event.result));
    case 'failed':
      return {
        level: 'error',
        lines:
          event.type === 'pass'
            ? renderError(event.error, vocabulary)
            : describeFailed(event.result, vocabulary),
      };
    case 'planned':
      return undefined;
    case 'postponed':
      return info(`left for the next run: ${event.reason}`);
  }
}

function info(text: string): Message {
  return { level: 'info', lines: [text] };
}

function describeDeployed({ app, functions, milliseconds, failedAttempts }: DeployedBundle): string {
  const counts = (['created', 'updated', 'unchanged'] as const).map((name) => `${functions[name]} ${name}`);
  const attempts = failedAttempts === 0 ? '' : `, at attempt ${failedAttempts + 1}`;
  const name = `${app.displayName} (${app.id} ${app.version})`;
  return `${name} is deployed in ${formatDuration(milliseconds)}${attempts}; functions: ${counts.join(', ')}`;
}

function describeFailed(
  { key, app, error, attempts, nextAttemptAt, isRecorded }: FailedBundle,
  vocabulary: Vocabulary,
): string[] {
  const [message = '', ...others] = renderError(error, vocabulary);
  const what = app === undefined ? 'not deployed' : `${app.id} ${app.version} is not deployed`;
  const again =
    nextAttemptAt === undefined
      ? `not tried again by itself; once the cause is gone, run: ${retryCommandOf(key, vocabulary)}`
      : `tried again after ${toIso(nextAttemptAt)}`;
  const next = isRecorded ? again : 'tried again by the next run';
  // Nobody can be asked to repeat what a scheduler has run.
  const details = [...others, ...stackTrace(error)];
  return [`${what}: ${message}`, ...details, `attempt ${attempts} [${error.code}]: ${next}`];
}
