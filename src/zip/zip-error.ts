/** Thrown for a zip whose structure is damaged or ambiguous; the message says how, without naming the file. */
export class ZipError extends Error {
  override readonly name = 'ZipError';
}

/** Thrown for a zip that is sound, but larger than is read; the message says in what. */
export class ZipLimitError extends ZipError {}
