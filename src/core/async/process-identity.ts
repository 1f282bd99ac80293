/** The process that runs, and others on the same machine. */
export interface ProcessIdentity {
  /** The machine; different for machines and containers that do not see each other's processes. */
  readonly host: string;
  readonly pid: number;
  isRunning(pid: number): boolean;
}
