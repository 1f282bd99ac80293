import { AppsctlError } from '../core/diagnostics/error.js';

/** What is asked for; undefined when we may not have it. */
export async function unlessDenied<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (AppsctlError.is(error) && error.code === 'ACCESS_DENIED') return undefined;
    throw error;
  }
}
