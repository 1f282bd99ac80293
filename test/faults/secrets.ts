import { randomBytes } from 'node:crypto';

/** Environment variables of functions; their values are new in every run, and short enough to appear whole in an excerpt. */
export const ENVIRONMENT_SECRETS: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from({ length: 14 }, (_, index) => [
    `SECRET_${index + 1}`,
    `z${randomBytes(4).toString('hex')}${index}`,
  ]),
);

/** Credentials for other tools that happen to be set in the environment. */
export const AMBIENT_SECRETS = {
  AWS_SECRET_ACCESS_KEY: `y${randomBytes(12).toString('hex')}`,
  AWS_SESSION_TOKEN: `x${randomBytes(12).toString('hex')}`,
};

/** Makes JSON invalid next to a secret, so that a parser which quotes its input in an error message would reveal it. */
export function garble(body: string): string {
  const secrets = Object.values(ENVIRONMENT_SECRETS).join('|');
  const unquoted = body.replace(new RegExp(`"(${secrets})"`), '$1');
  return unquoted === body ? `${body.slice(0, -2)}<` : unquoted;
}

/** Finds secrets in texts; both are given by name. */
export function findSecrets(
  secrets: Readonly<Record<string, string>>,
  texts: Readonly<Record<string, string>>,
): string[] {
  return Object.entries(texts).flatMap(([where, text]) =>
    Object.entries(secrets)
      .filter(([, secret]) => text.includes(secret))
      .map(([name]) => `${name} appears in ${where}`),
  );
}
