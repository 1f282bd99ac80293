/** Whether an ETag has the form of an MD5 in hex; that of an object that was uploaded in parts has not. */
export function isMd5(etag = ''): boolean {
  return /^[0-9a-f]{32}$/.test(etag);
}
