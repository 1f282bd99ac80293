/** The current process, and other processes on the same host. */
export interface ProcessIdentity {
  /** Differs between machines and containers that do not see each other's processes. */
  readonly host: string;
  readonly pid: number;
  isRunning(pid: number): boolean;
}
