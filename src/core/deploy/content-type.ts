import mime from 'mime/lite';

/**
 * The media type by which an asset is served, after the extension of its name.
 *
 * @param path the asset's path
 * @returns such as image/png; text has the charset that it is taken to have
 */
export function contentType(path: string): string {
  const type = mime.getType(path) ?? 'application/octet-stream';
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type;
}
