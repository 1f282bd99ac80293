import { AppsctlError } from './error.js';

/** Resolves to undefined instead of rejecting with ACCESS_DENIED. */
export async function unlessDenied<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (AppsctlError.is(error) && error.code === 'ACCESS_DENIED') return undefined;
    throw error;
  }
}
