const MIB = 1024 * 1024;

/** What a bundle may hold, so that a small file cannot make a large amount of work. Bytes are unpacked bytes. */
export const LIMITS = {
  /** Entries in the bundle's zip directory. */
  entries: 20_000,
  /** Bytes of the zip directory itself. */
  directory: 16 * MIB,
  /** Bytes of one entry's name: static assets become S3 keys, which end at 1,024. */
  name: 1024,
  /** Bytes of an S3 key. Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
  key: 1024,
  /** Functions in one manifest. */
  functions: 1000,
  /** Bytes of one static asset. */
  asset: 100 * MIB,
  /** Bytes of one function archive; its content may have as many on AWS Lambda. */
  function: 262_144_000,
  /** Entries in the zip directory of a function archive: dependencies of a function are many small files. */
  functionEntries: 200_000,
  /** Bytes of that directory. */
  functionDirectory: 64 * MIB,
  /** Bytes of all entries together. */
  total: 2048 * MIB,
  /** Bytes in all function archives together, when those are unpacked too. */
  content: 4096 * MIB,
  /**
   * Entries in all function archives together. Files of dependencies have 6 KB and more on average, so that as many
   * bytes as may be there are at most 700,000 files.
   */
  contentEntries: 1_000_000,
} as const;
