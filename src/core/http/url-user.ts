/**
 * Reads the user and the password of a URL.
 *
 * @returns the value of a header for HTTP basic authentication, which is secret, or undefined in its place if there are
 *   none; undefined if they are not encoded correctly
 */
export function readUser({
  username,
  password,
}: URL): { readonly authorization: string | undefined } | undefined {
  try {
    const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return { authorization: user === ':' ? undefined : `Basic ${Buffer.from(user).toString('base64')}` };
  } catch {
    return undefined;
  }
}
