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
      // A process of another user exists, although it cannot be signalled.
      return (error as NodeJS.ErrnoException).code === 'EPERM';
    }
  },
};

/** A container can have the host name of its host, but process IDs of its own. */
function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** Machines can have the same host name. Linux has an ID for each boot; on other systems, network addresses differ. */
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
