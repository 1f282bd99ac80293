import { randomBytes } from 'node:crypto';

/** Values of environment variables of functions; new in every run, short enough to be caught in an excerpt. */
export const ENVIRONMENT_SECRETS: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from({ length: 14 }, (_, index) => [
    `SECRET_${index + 1}`,
    `z${randomBytes(4).toString('hex')}${index}`,
  ]),
);

/** Credentials of somebody else that happen to stand in the environment. */
export const AMBIENT_SECRETS = {
  AWS_SECRET_ACCESS_KEY: `y${randomBytes(12).toString('hex')}`,
  AWS_SESSION_TOKEN: `x${randomBytes(12).toString('hex')}`,
};

/** Makes JSON unreadable at a secret, so that a parser that quotes what it stumbles over gives it away. */
export function garble(body: string): string {
  const secrets = Object.values(ENVIRONMENT_SECRETS).join('|');
  const bared = body.replace(new RegExp(`"(${secrets})"`), '$1');
  return bared === body ? `${body.slice(0, -2)}<` : bared;
}

/** The secrets that stand in texts, by name. */
export function leaks(
  secrets: Readonly<Record<string, string>>,
  texts: Readonly<Record<string, string>>,
): string[] {
  return Object.entries(texts).flatMap(([where, text]) =>
    Object.entries(secrets)
      .filter(([, secret]) => text.includes(secret))
      .map(([name]) => `${name} stands in ${where}`),
  );
}
