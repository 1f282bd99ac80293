const MIB = 1024 * 1024;

/** What a bundle may hold, so that a small file cannot make a large amount of work. Bytes are unpacked bytes. */
export const LIMITS = {
  /** Entries in the bundle's zip directory. */
  entries: 20_000,
  /** Bytes of the zip directory itself. */
  directory: 16 * MIB,
  /** Bytes of one entry's name: static assets become S3 keys, which end at 1,024. */
  name: 1024,
  /** Bytes of one static asset. */
  asset: 100 * MIB,
  /** Bytes of one function archive; its content may have as many on AWS Lambda. */
  function: 262_144_000,
  /** Bytes of all entries together. */
  total: 2048 * MIB,
} as const;
