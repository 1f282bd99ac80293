import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import type { ProcessIdentity } from '../core/async/process-identity.js';

/** This process, and others on the same machine. */
export const thisProcess: ProcessIdentity = {
  host: [hostname(), bootId(), pidNamespace()].join(' '),
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
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** Machines may have one name: Linux gives each a new id when it starts, others have the addresses of their network. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    const addresses = Object.values(networkInterfaces()).flatMap(
      (items) => items?.map(({ mac }) => mac) ?? [],
    );
    return [...new Set(addresses)].sort().join();
  }
}
