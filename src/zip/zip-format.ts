/** Constants of the zip format. Source: APPNOTE.TXT 6.3.10. Sizes are bytes, without fields of variable length. */

/** Section 4.3.7. */
export const LOCAL_FILE_HEADER = { signature: 0x04034b50, bytes: 30 } as const;
/** Section 4.3.12. */
export const CENTRAL_DIRECTORY_HEADER = { signature: 0x02014b50, bytes: 46 } as const;
/** Section 4.3.9; `maxBytes` is the size with the optional signature and zip64 sizes. */
export const DATA_DESCRIPTOR = { signature: 0x08074b50, maxBytes: 24 } as const;
/** Section 4.3.16, the end of central directory record; `maxCount` also says that the zip64 one has the entry count. */
export const EOCD = {
  signature: 0x06054b50,
  bytes: 22,
  maxCommentBytes: 0xffff,
  maxCount: 0xffff,
} as const;
/** Section 4.3.15. */
export const ZIP64_EOCD_LOCATOR = { signature: 0x07064b50, bytes: 20 } as const;
/** Section 4.3.14. */
export const ZIP64_EOCD = { signature: 0x06064b50, bytes: 56, versionNeeded: 45 } as const;

/** Section 4.4.5: compression methods. */
export const STORED = 0;
export const DEFLATED = 8;

/** Section 4.4.4, general purpose bits 0, 6 and 13: encrypted, strongly encrypted, local header masked. */
export const ENCRYPTED = 0x1 | 0x40 | 0x2000;
/** General purpose bit 3: CRC-32 and sizes are in the data descriptor, and may be zero in the local file header. */
export const HAS_DATA_DESCRIPTOR = 0x8;
/** General purpose bit 11: the name is UTF-8. */
export const UTF8_NAME = 0x800;
/** Section 4.5.3: the value of a 32-bit size or offset that is in the zip64 extra field. */
export const IN_ZIP64 = 0xffffffff;
/** Section 4.5.3: the id of the zip64 extra field. */
export const ZIP64_FIELD = 0x0001;
/** Section 4.6.9: the id of Info-ZIP's Unicode Path extra field. */
export const UNICODE_PATH = 0x7075;

/** Section 4.4.2: hosts whose external file attributes hold a Unix mode (Unix and macOS). */
export const UNIX_HOSTS: ReadonlySet<number> = new Set([3, 19]);
/** The directory bit of the MS-DOS attributes. */
export const DOS_DIRECTORY = 0x10;
/** The file type bits of a Unix mode. */
export const FILE_TYPE = { mask: 0o170000, regular: 0o100000, directory: 0o040000, link: 0o120000 } as const;
