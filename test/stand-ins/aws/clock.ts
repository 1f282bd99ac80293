/** Each service writes time in a form of its own. */

/** IAM: ISO 8601 in whole seconds. */
export function iamTime(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Lambda's LastModified: an offset without a colon in place of Z. */
export function lambdaTime(time: Date): string {
  return time.toISOString().replace('Z', '+0000');
}

/** SigV4: 20261121T015900Z. */
export function signatureTime(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');
}

/** The date in the form of SigV4: 20261121T015900Z. */
export function parseSignatureTime(text: string): Date | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
