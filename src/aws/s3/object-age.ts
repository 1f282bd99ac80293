import type { GetObjectCommand } from '@aws-sdk/client-s3';
import { noteResponseTime } from '../client/response-time.js';

/**
 * Measures the age of an object by the clock of S3, which is the one that objects are dated with.
 *
 * @returns how long before the response the object was written, in milliseconds; undefined if a service that is compatible
 *   with S3 does not say it
 */
export function measureAge(
  command: GetObjectCommand,
): (lastModified: Date | undefined) => number | undefined {
  const respondedAt = noteResponseTime(command);
  return (lastModified) => {
    const age = respondedAt() - (lastModified?.getTime() ?? Number.NaN);
    return Number.isFinite(age) ? Math.max(0, age) : undefined;
  };
}
