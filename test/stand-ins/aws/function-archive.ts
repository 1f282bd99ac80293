import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { AwsError } from './errors.js';
import { digest } from './payload.js';

const UNZIPPED_BYTES = 262_144_000;
const LARGEST_PIECE = 1024 * 1024;

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_ENTRY = 0x04034b50;
const END_LENGTH = 22;

export interface FunctionCode {
  zip: Buffer;
  /** Base64, as Lambda returns it. */
  sha256: string;
}

interface ZipEntry {
  name: string;
  method: number;
  crc: number;
  compressedSize: number;
  uncompressedSize: number;
  mode: number;
  localHeader: number;
}

/** Throws as Lambda does if it cannot extract the archive, or if the content is too large. */
export async function readFunctionCode(zip: Buffer): Promise<FunctionCode> {
  const entries = readDirectory(zip);
  if (entries.length === 0) throw invalid('Uploaded file must be a non-empty zip');
  // The declared sizes come first, so that a zip bomb costs nothing.
  if (entries.reduce((sum, entry) => sum + entry.uncompressedSize, 0) > UNZIPPED_BYTES) {
    throw invalid(`Unzipped size must be smaller than ${UNZIPPED_BYTES} bytes`);
  }
  for (const entry of entries) await extractEntry(zip, entry);
  return { zip, sha256: digest('sha256', zip, 'base64') };
}

/** Writes the content of an archive that `readFunctionCode` took. */
export async function extractFunctionCode(code: FunctionCode, folder: string): Promise<void> {
  for (const entry of readDirectory(code.zip)) {
    const target = join(folder, entry.name);
    if (entry.name.endsWith('/')) {
      await mkdir(target, { recursive: true });
      continue;
    }
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, await extractEntry(code.zip, entry));
    if ((entry.mode & 0o111) !== 0) await chmod(target, 0o755);
  }
}

function readDirectory(zip: Buffer): ZipEntry[] {
  const end = findEnd(zip);
  const count = zip.readUInt16LE(end + 10);
  let position = zip.readUInt32LE(end + 16);
  const entries: ZipEntry[] = [];
  for (let n = 0; n < count; n++) {
    if (position + 46 > zip.length || zip.readUInt32LE(position) !== DIRECTORY_ENTRY) throw notZip();
    const nameLength = zip.readUInt16LE(position + 28);
    const name = zip.toString('utf8', position + 46, position + 46 + nameLength);
    const encrypted = (zip.readUInt16LE(position + 8) & 1) !== 0;
    if (encrypted || !isInside(name)) throw notZip();
    entries.push({
      name,
      method: zip.readUInt16LE(position + 10),
      crc: zip.readUInt32LE(position + 16),
      compressedSize: zip.readUInt32LE(position + 20),
      uncompressedSize: zip.readUInt32LE(position + 24),
      mode: zip.readUInt32LE(position + 38) >>> 16,
      localHeader: zip.readUInt32LE(position + 42),
    });
    position += 46 + nameLength + zip.readUInt16LE(position + 30) + zip.readUInt16LE(position + 32);
  }
  return entries;
}

function findEnd(zip: Buffer): number {
  const longestComment = 0xffff;
  const lowest = Math.max(0, zip.length - END_LENGTH - longestComment);
  for (let position = zip.length - END_LENGTH; position >= lowest; position--) {
    if (zip.readUInt32LE(position) === END_OF_DIRECTORY) return position;
  }
  throw notZip();
}

/** Nothing is written beside the folder of the function. */
function isInside(name: string): boolean {
  const segments = name.split('/');
  return name !== '' && !/[\0\\]/.test(name) && !name.startsWith('/') && !segments.includes('..');
}

async function extractEntry(zip: Buffer, entry: ZipEntry): Promise<Buffer> {
  const header = entry.localHeader;
  if (header + 30 > zip.length || zip.readUInt32LE(header) !== LOCAL_ENTRY) throw notZip();
  const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
  if (start + entry.compressedSize > zip.length) throw notZip();
  const compressed = zip.subarray(start, start + entry.compressedSize);
  const content = entry.method === 0 ? compressed : await inflate(compressed, entry);
  if (content.length !== entry.uncompressedSize || crc32(content) !== entry.crc) throw notZip();
  return content;
}

async function inflate(compressed: Buffer, entry: ZipEntry): Promise<Buffer> {
  if (entry.method !== 8) throw notZip();
  try {
    // In large pieces, and not on the thread that all requests are answered on.
    return await promisify(inflateRaw)(compressed, {
      maxOutputLength: Math.max(1, entry.uncompressedSize),
      chunkSize: Math.max(64, Math.min(entry.uncompressedSize, LARGEST_PIECE)),
    });
  } catch {
    throw notZip();
  }
}

function notZip(): AwsError {
  return invalid('Could not unzip uploaded file. Please check your file, then try to upload again.');
}

function invalid(message: string): AwsError {
  return new AwsError(400, 'InvalidParameterValueException', message);
}
