import type { LogService } from '../../../src/core/ports/logs.js';

/** Log groups in memory. */
export class MemoryLogs implements LogService {
  /** Days by log group; undefined for a group whose events never expire. */
  readonly groups = new Map<string, number | undefined>();
  /** The reads so far, such as `find /aws/lambda/a`. */
  readonly reads: string[] = [];
  /** Called before each read, and before a log group is changed: may throw. */
  beforeRead: () => void = () => {};
  beforeChange: (change: string) => void = () => {};

  async findRetention(group: string): Promise<number | undefined> {
    this.beforeRead();
    this.reads.push(`find ${group}`);
    return this.groups.get(group);
  }

  async setRetention(group: string, days: number): Promise<void> {
    this.beforeChange(`retain ${group} for ${days} days`);
    this.groups.set(group, days);
  }

  async remove(group: string): Promise<boolean> {
    this.beforeChange(`remove ${group}`);
    return this.groups.delete(group);
  }
}
