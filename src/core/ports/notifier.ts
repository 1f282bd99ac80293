import type { DeployerMessage, MessageContext } from '../deployer/message.js';

/** Sends messages to people. Never fails: what cannot be delivered is reported as a warning, and counted. */
export interface Notifier {
  /** Sends a message in the background, after those before it. */
  notify(message: DeployerMessage, context: MessageContext): void;
  /** Waits until everything is sent or given up. Returns how many messages could not be delivered since the last time. */
  flush(): Promise<number>;
}
