import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ProcessIdentity } from '../core/process-identity.js';

/** This process, and others on the same machine. */
export const thisProcess: ProcessIdentity = {
  host: `${hostname()}${pidNamespace()}`,
  pid: process.pid,
  isRunning(pid) {
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      // A process of another user cannot be signalled, but it is there.
      return (error as NodeJS.ErrnoException).code === 'EPERM';
    }
  },
};

/** Containers may have the same name as their host and yet count their processes by themselves. */
function pidNamespace(): string {
  try {
    return ` ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}
