/** Texts about app bundles: findings of `validate`, `package` and `deploy`. */

import type { Rule } from '../../../src/core/diagnostics/rules.js';

/** Why a zip, or one of its entries, cannot be read. */
export const ZIP = {
  noEnd: 'the file is truncated or not a zip (no end of central directory record)',
  notAtEnd:
    'data follows the end of central directory record, or its comment is truncated: the file is damaged',
  severalEnds: 'it has several end of central directory records, one in the comment of another',
  shortDirectory: 'its central directory is shorter than the end of central directory record says',
  countMismatch: 'the number of entries and the size of its central directory do not match',
  precededByZip: 'another zip precedes it in the file',
  stronglyEncrypted: 'its central directory is damaged: an entry is strongly encrypted',
  overlap: (entry: string) => `the entry ${entry} overlaps the next entry or the central directory`,
  tooManyEntries: (count: number, limit: number) => `it has ${count} entries, over the limit of ${limit}`,
  contradiction: 'its local file header contradicts the central directory',
  badDescriptor: 'its data descriptor is missing or contradicts the central directory',
  wrongChecksum: 'its CRC-32 checksum is wrong',
  larger: 'its uncompressed size is larger than the central directory says',
  damagedData: 'its deflated data is damaged',
  encrypted: 'is encrypted',
  method: (method: number) =>
    `has compression method ${method}: only stored and deflated entries are supported`,
  folderWithContent: 'is a folder, but has content',
  special: 'is a device, pipe or socket, not a file',
  markedAsFolder: 'is marked as a folder, but its name does not end with "/"',
} as const;

/** Messages of findings. */
/** Where a finding about a function is. */
export function functionField(index: number, field: 'handler' | 'name' | 'runtime'): string {
  return `aws_lambda.functions[${index}].${field}`;
}

export const FINDING = {
  notZip: (what: string) => `is not a zip file: ${what}`,
  invalidZip: (reason: string) => `is not a valid zip: ${reason}`,
  unreadable: (reason: string) => `cannot be read: ${reason}`,
  ignored: 'is ignored: it is neither a function archive nor below static/',
  noEntryPoint: (file: string, handler: string) =>
    `has no ${file}, where the runtime looks for the handler ${handler}`,
  sameLambdaName: (name: string, other: string, lambdaName: string) =>
    `function ${name} has the same Lambda name as ${other}: ${lambdaName}`,
  lambdaName: (name: string, lambdaName: string) =>
    `function ${name} has the Lambda name "${lambdaName}", which AWS does not allow`,
  links: (names: string) => `has links; AWS Lambda supports only links to files in the archive: ${names}`,
  retiredRuntime: (name: string, runtime: string) =>
    `function ${name} uses runtime ${runtime}, which AWS no longer accepts for new functions`,
  oldGoLibrary: 'has a program built with aws-lambda-go before 1.18, which runs only on go1.x',
  migrated: (name: string, runtime: string) =>
    `function ${name} is deployed with runtime provided.al2023 instead of ${runtime}: a bootstrap script starts its program`,
  botUsername: (id: string, owner: string) =>
    `"${id}" is the username of the bot of ${owner}, which the app would take over`,
  iconNotFound: (icon: string) =>
    `"${icon}" is not an asset of the bundle: the app cannot be installed without its icon`,
} as const;

export const FIX = {
  rebuildBundle: 'rebuild the bundle, or transfer it again',
  renameFunction: 'rename one of them',
  lambdaName: 'shorten the name or the app ID, and use only A-Z, a-z, 0-9, "-" and "_"',
  otherId: 'choose another ID',
  iconAsWritten: (icon: string) => `write "${icon}": the path is used as written`,
  addAsset: (path: string) => `add ${path}`,
  migrate: (migrateRuntimes: string) => `use ${migrateRuntimes} to run the same program on provided.al2023`,
} as const;

/** Kinds of files that are not zips. */
export const FILE_KIND = {
  empty: 'it is empty',
  webPage: 'it looks like a web page, such as the response to a failed download',
  tar: 'it looks like a tar file',
  gzip: 'it looks like a gzip file, such as a .tar.gz',
  lfsPointer: 'it looks like a Git LFS pointer: the file itself was not fetched',
  json: 'it looks like a JSON file',
} as const;

export const BUNDLE = {
  errors: (file: string, count: number) => `${file} has ${count} errors`,
  /** One error is the message itself. */
  only: (file: string, location: string, message: string, rule?: Rule) =>
    `${file}: ${location}: ${message}${rule === undefined ? '' : ` [${rule}]`}`,
  unreadable: (file: string, problem: string) => `${file} cannot be read: ${problem}`,
  pipe: (path: string) => `${path} is a pipe, from which no bundle can be read`,
  packaged: (file: string, size: string) => `${file} (${size})\n`,
} as const;

/** The last line of `validate`; the counts are texts such as `1 note`. */
export function validationSummary(file: string, isValid: boolean, ...counts: readonly string[]): string {
  return `${file} ${isValid ? 'can be deployed' : 'cannot be deployed'}: ${counts.join(', ')}\n`;
}

/** Why a manifest is not valid JSON. */
export const JSON_PROBLEM = {
  endsEarly: 'the JSON ends too early',
  byteOrderMark: 'the file starts with a byte order mark',
  repeatedKey: (key: string) => `the key "${key}" appears twice in an object`,
  deepNesting: 'the nesting is deeper than 10000 levels',
  comment: 'JSON has no comments',
  notUtf8: 'the text is not valid UTF-8',
  loneSurrogate: 'a lone surrogate is not a valid character',
  textAfter: 'unexpected text after the JSON value',
} as const;

/** Bundles from elsewhere, and their checksums. */
export const DOWNLOAD = {
  responds: (name: string, status: number) => `cannot download ${name}: the server responds with ${status}`,
  compressed: (name: string, encoding: string) =>
    `cannot download ${name}: the server compresses it (${encoding}), although that was not requested`,
  otherDigest: (name: string, actual: string) => `${name} is not what it should be: its SHA-256 is ${actual}`,
  tooLarge: (name: string) => `${name} is larger than 2 GiB, the limit for bundles`,
  brokeOff: (name: string) => `cannot download ${name}: the connection broke off (ECONNRESET)`,
  idle: (name: string, seconds: number) => `cannot download ${name}: nothing arrived for ${seconds} s`,
  unreachable: (name: string, code: string) =>
    `cannot download ${name}: no connection to the server (${code})`,
  missing: (name: string) => `${name} does not exist`,
  noBucket: (bucket: string) => `bucket ${bucket} does not exist`,
  noVersion: (name: string) => `${name} does not exist, or is a delete marker`,
  notSaved: (folder: string) => `cannot write a temporary file in ${folder}: it does not exist`,
} as const;

export const DOWNLOAD_HINT = {
  otherDigest: (expected: string) => `expected ${expected}: check where the bundle comes from`,
  tooLarge: 'check that this is the bundle of an app',
  https: 'use https, or save the bundle as a file first',
  key: 'check the key; case matters',
  bucket: 'check its name',
  version: 'check the version',
  schemes: 'use an https URL, s3://BUCKET/KEY, or a path',
} as const;

/** Why a bundle is not unpacked. */
export const UNPACK = {
  failed: (folder: string, reason: string) => `cannot unpack into ${folder}: ${reason}`,
  refused: (folder: string, reason: string) => `USAGE ${UNPACK.failed(folder, reason)}`,
  foreign: (folder: string, name: string) =>
    UNPACK.refused(folder, `it is not empty, and ${name} was not unpacked into it`),
} as const;
