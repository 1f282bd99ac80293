import type { DeployerMessage, MessageContext } from '../core/deployer/message.js';
import { webhookMessage } from '../core/deployer/webhook-message.js';
import type { Vocabulary } from '../core/diagnostics/vocabulary.js';
import type { Notifier } from '../core/ports/notifier.js';
import { SECOND } from '../core/units.js';
import type { HttpNetwork } from '../http/network.js';
import { type Purpose, type QueueOptions, WebhookQueue, type WebhookTimeouts } from './webhook-queue.js';

/** Where messages are posted; undefined for nowhere. The URLs are secret. */
export interface Webhooks {
  readonly notifications: string | undefined;
  /** The one for notifications by default. */
  readonly alerts: string | undefined;
}

export interface WebhookOptions extends Pick<QueueOptions, 'clock' | 'signal' | 'onEvent'> {
  readonly vocabulary: Vocabulary;
  /** How requests leave this machine; directly by default. */
  readonly network?: HttpNetwork | undefined;
  readonly timeouts?: Partial<WebhookTimeouts>;
}

const DEFAULT_TIMEOUTS: WebhookTimeouts = {
  request: 10 * SECOND,
  flush: 30 * SECOND,
  interrupted: 5 * SECOND,
};

/** One for each webhook. */
const MAX_CONNECTIONS = 2;

/** Posts messages to incoming webhooks of Mattermost. */
export class WebhookNotifier implements Notifier {
  private readonly queues = new Map<Purpose, WebhookQueue>();

  /** @param webhooks https URLs, or http URLs of this machine */
  constructor(
    { notifications, alerts = notifications }: Webhooks,
    private readonly options: WebhookOptions,
  ) {
    const { network, timeouts } = options;
    const queueOptions: QueueOptions = {
      ...options,
      timeouts: { ...DEFAULT_TIMEOUTS, ...timeouts },
      agents: network?.createAgents(MAX_CONNECTIONS),
    };
    const queues = new Map<string, WebhookQueue>();
    const set = (purpose: Purpose, url: string | undefined): void => {
      if (url === undefined) return;
      const queue = queues.get(url) ?? new WebhookQueue(new URL(url), queueOptions);
      queues.set(url, queue);
      this.queues.set(purpose, queue);
    };
    set('notifications', notifications);
    set('alerts', alerts);
  }

  notify(message: DeployerMessage, context: MessageContext): void {
    const purpose = purposeOf(message);
    const queue = this.queues.get(purpose);
    if (queue === undefined) return;
    const body = JSON.stringify(webhookMessage(message, context, this.options.vocabulary));
    const bundle = 'bundle' in message ? message.bundle.key : undefined;
    queue.add({ purpose, body, bundle });
  }

  async flush(): Promise<number> {
    const queues = new Set(this.queues.values());
    const lost = await Promise.all([...queues].map((queue) => queue.flush()));
    return lost.reduce((sum, count) => sum + count, 0);
  }
}

function purposeOf(message: DeployerMessage): Purpose {
  const isGood =
    message.kind === 'deployed' || (message.kind === 'summary' && message.report.failed.length === 0);
  return isGood ? 'notifications' : 'alerts';
}
