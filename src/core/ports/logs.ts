/** The log groups of an account in one region, in CloudWatch Logs. */
export interface LogService {
  /**
   * Returns after how many days the events of a log group expire; undefined when they never do, when a policy of the
   * account decides it, and when the log group does not exist.
   */
  findRetention(group: string): Promise<number | undefined>;
  /**
   * Sets after how many days the events of a log group expire. Creates the log group if it does not exist.
   *
   * @param days one of those that CloudWatch Logs accepts
   */
  setRetention(group: string, days: number): Promise<void>;
}
