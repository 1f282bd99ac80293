import { MIB } from './units.js';

/**
 * Limits of a bundle, so that a small file cannot cause a large amount of work (a zip bomb). Sizes are bytes, and
 * uncompressed unless said otherwise.
 */
export const LIMITS = {
  /** Entries in a bundle. */
  entries: 20_000,
  /** Size of a bundle's central directory. */
  directory: 16 * MIB,
  /** Length of an entry's name: the names of assets become S3 keys. */
  name: 1024,
  /** Length of an S3 key. Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
  key: 1024,
  /** Functions in a manifest. */
  functions: 1000,
  /** Size of an asset. */
  asset: 100 * MIB,
  /** Size of a function archive; AWS Lambda has the same limit for its uncompressed content. */
  function: 262_144_000,
  /** Entries in a function archive; dependencies consist of many small files. */
  functionEntries: 200_000,
  /** Size of a function archive's central directory. */
  functionDirectory: 64 * MIB,
  /** Total size of the entries in a bundle. */
  total: 2048 * MIB,
  /** Total size of the content of all function archives. */
  content: 4096 * MIB,
  /**
   * Entries in all function archives together. Files of dependencies have 6 KB and more on average, so that `content`
   * amounts to at most 700,000 files.
   */
  contentEntries: 1_000_000,
} as const;
