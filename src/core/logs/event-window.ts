import { MINUTE } from '../units.js';
import type { LogEvent } from './log-event.js';

/**
 * How much later than others an event may arrive. CloudWatch Logs shows most events within seconds, and promises nothing.
 */
export const LATENESS_MS = MINUTE;

/** The number of events that are always remembered, so that only long logs are forgotten while they are read. */
const MIN_REMEMBERED = 50_000;

/**
 * Which events of a log group have been seen, to read it again and again. Each search begins a little before the end of
 * the last one, because events arrive late and in any order; those that are known are left out.
 */
export class EventWindow {
  /** The times of the events that a search may find again, by their IDs. */
  private readonly seen = new Map<string, number>();
  private latest: number;
  private now: number;
  private forgetAt = MIN_REMEMBERED;

  /** @param start the time from which on events are read, in milliseconds since the epoch */
  constructor(private readonly start: number) {
    this.latest = start;
    this.now = start;
  }

  /**
   * Begins a search.
   *
   * @param now the present, in milliseconds since the epoch: an event from the future must not hide those of the present
   * @returns the time from which on events are searched
   */
  begin(now: number): number {
    this.now = now;
    const from = this.nextStart();
    this.forgetBefore(from);
    return from;
  }

  /** The events of a page that are new, by their time. */
  add(page: readonly LogEvent[]): LogEvent[] {
    const fresh: LogEvent[] = [];
    for (const event of page) {
      if (this.seen.has(event.id)) continue;
      this.seen.set(event.id, event.timestamp);
      this.latest = Math.max(this.latest, event.timestamp);
      fresh.push(event);
    }
    if (this.seen.size > this.forgetAt) {
      this.forgetBefore(this.nextStart());
      this.forgetAt = Math.max(MIN_REMEMBERED, 2 * this.seen.size);
    }
    return fresh.sort((a, b) => a.timestamp - b.timestamp);
  }

  private nextStart(): number {
    return Math.max(this.start, Math.min(this.latest, this.now) - LATENESS_MS);
  }

  private forgetBefore(time: number): void {
    for (const [id, timestamp] of this.seen) if (timestamp < time) this.seen.delete(id);
  }
}
