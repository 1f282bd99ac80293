import mime from 'mime/lite';

/**
 * Returns the Content-Type of an asset, by its file extension.
 *
 * @returns a media type such as `image/png`; text types have the parameter `charset=utf-8`
 */
export function contentType(path: string): string {
  const type = mime.getType(path) ?? 'application/octet-stream';
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type;
}
