/** Constants of the zip format. Source: APPNOTE.TXT 6.3.10. */

/** Section 4.3.7: the local header, up to the entry's name. */
export const LOCAL_HEADER = { signature: 0x04034b50, bytes: 30 } as const;
/** Section 4.3.12: an entry of the directory, up to its name. */
export const CENTRAL_DIRECTORY_HEADER = { signature: 0x02014b50, bytes: 46 } as const;
/** Section 4.3.9: what may follow an entry's data; `bytes` is its longest form, with signature and zip64 sizes. */
export const DATA_DESCRIPTOR = { signature: 0x08074b50, bytes: 24 } as const;
/** Section 4.3.16: the end record, up to its comment. The largest count says: see the zip64 record. */
export const EOCD = {
  signature: 0x06054b50,
  bytes: 22,
  largestComment: 0xffff,
  largestCount: 0xffff,
} as const;
/** Section 4.3.15. */
export const ZIP64_EOCD_LOCATOR = { signature: 0x07064b50, bytes: 20 } as const;
/** Section 4.3.14. */
export const ZIP64_EOCD = { signature: 0x06064b50, bytes: 56, versionNeeded: 45 } as const;

/** Section 4.4.5: how an entry's data is packed. */
export const STORED = 0;
export const DEFLATED = 8;

/** Section 4.4.4, bits 0, 6 and 13 of the flags: encrypted, strongly encrypted, directory masked. */
export const ENCRYPTED = 0x1 | 0x40 | 0x2000;
/** Bit 3 of the flags: CRC and sizes stand behind the data, and may be zero in the local header. */
export const HAS_DATA_DESCRIPTOR = 0x8;
/** Bit 11 of the flags: the name is UTF-8. */
export const UTF8_NAME = 0x800;
/** Section 4.5.3: a size of 32 bits that says: see the zip64 field. */
export const IN_ZIP64 = 0xffffffff;
/** Section 4.5.3: the id of the zip64 field. */
export const ZIP64_FIELD = 0x0001;
/** Section 4.6.9: the id of Info-ZIP's Unicode Path field. */
export const UNICODE_PATH = 0x7075;

/** Systems whose external attributes hold a Unix mode: Unix and macOS. */
export const UNIX_HOSTS: ReadonlySet<number> = new Set([3, 19]);
export const DOS_FOLDER = 0x10;
/** The file type in a Unix mode. */
export const FILE_TYPE = { mask: 0o170000, regular: 0o100000, folder: 0o040000, link: 0o120000 } as const;
