/** Thrown for a zip whose structure is damaged or ambiguous. The message gives the reason and does not name the file. */
export class ZipError extends Error {
  override readonly name = 'ZipError';
}

/** Thrown for a zip that exceeds a limit, and may otherwise be valid. */
export class ZipLimitError extends ZipError {}
