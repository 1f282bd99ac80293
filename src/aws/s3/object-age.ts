import type { GetObjectCommand } from '@aws-sdk/client-s3';

/**
 * Makes a command note when S3 responds, by its own clock, which is the one that objects are dated with.
 *
 * @returns how long before the response the object was written, in milliseconds; undefined if a service that is compatible
 *   with S3 does not say it
 */
export function measureAge(
  command: GetObjectCommand,
): (lastModified: Date | undefined) => number | undefined {
  let date = Number.NaN;
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { readonly headers: Readonly<Record<string, string>> };
      date = Date.parse(headers['date'] ?? '');
      return result;
    },
    { step: 'deserialize', name: 'measureAge' },
  );
  return (lastModified) => {
    const age = date - (lastModified?.getTime() ?? Number.NaN);
    return Number.isFinite(age) ? Math.max(0, age) : undefined;
  };
}
