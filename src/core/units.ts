/** Milliseconds. */
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

/** Bytes. */
export const MIB = 1024 * 1024;
