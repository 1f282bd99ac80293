/** What a message is, for those who read only some of them. A note is about what the user may not have noticed. */
export type Level = 'debug' | 'info' | 'note' | 'warning' | 'error';

/** What a run says on standard error. */
export interface Message {
  readonly level: Level;
  /** The first one says what it is about; without its level. */
  readonly lines: readonly string[];
}
