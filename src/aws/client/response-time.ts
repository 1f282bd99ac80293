import type { GetObjectCommand } from '@aws-sdk/client-s3';
import type { AssumeRoleCommand } from '@aws-sdk/client-sts';

/**
 * Makes a command note when AWS responds, by its own clock.
 *
 * @returns the time of the last response in milliseconds since the epoch; not a number if a service that is compatible with
 *   AWS does not say it
 */
export function noteResponseTime(
  command: Pick<GetObjectCommand | AssumeRoleCommand, 'middlewareStack'>,
): () => number {
  const stack = command.middlewareStack as GetObjectCommand['middlewareStack'];
  let time = Number.NaN;
  stack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { readonly headers: Readonly<Record<string, string>> };
      time = Date.parse(headers['date'] ?? '');
      return result;
    },
    { step: 'deserialize', name: 'noteResponseTime' },
  );
  return () => time;
}
