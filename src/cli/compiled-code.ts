import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedDataVersionTag } from 'node:v8';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

type Body = (
  exports: object,
  require: (id: string) => unknown,
  module: { exports: object },
  filename: string,
) => void;

/**
 * CommonJS files that need not be compiled in each run: what V8 made of them is kept beside them. To compile the AWS SDK
 * takes longer than an answer of AWS. Only who may change the files can change what is kept.
 *
 * From Node.js 22.1 on, `module.enableCompileCache` can do this.
 */
export class CompiledCode {
  private readonly folder: string;
  private readonly kept: string;
  private readonly requireOther: NodeJS.Require;
  private readonly modules = new Map<string, { exports: object }>();
  private readonly compiled: Compiled[] = [];

  /** @param folder a directory URL */
  constructor(folder: URL) {
    this.folder = fileURLToPath(folder);
    // No other processor, version of V8 or flags can use it.
    this.kept = join(this.folder, 'compiled', `${process.arch}-${cachedDataVersionTag().toString(16)}`);
    this.requireOther = createRequire(folder);
  }

  /**
   * Runs a file, the first time.
   *
   * @param file its name in the folder
   * @returns what it exports
   * @throws what the file throws; the error of the file system when it cannot be read
   */
  load(file: string): object {
    const known = this.modules.get(file);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    this.modules.set(file, module);
    try {
      const filename = join(this.folder, file);
      const body = this.compile(file, filename).runInThisContext() as Body;
      const require = (id: string): unknown =>
        id.startsWith('./') ? this.load(id.slice('./'.length)) : this.requireOther(id);
      body(module.exports, require, module, filename);
      return module.exports;
    } catch (error) {
      this.modules.delete(file);
      throw error;
    }
  }

  /**
   * Keeps what was compiled, with all functions that ran. An installation that cannot be written to, or belongs to
   * somebody else, is none the worse for it: the next run compiles again.
   */
  keep(): void {
    if (this.compiled.length === 0) return;
    try {
      if (process.getuid !== undefined && statSync(this.folder).uid !== process.getuid()) return;
      mkdirSync(this.kept, { recursive: true, mode: 0o755 });
      for (const { file, text, script } of this.compiled) {
        const data = script.createCachedData();
        // Whoever reads it before it is whole finds the checksum wrong.
        writeFileSync(this.pathOf(file), Buffer.concat([checksum(text, data), data]), { mode: 0o644 });
      }
    } catch {
      // See above.
    }
  }

  private compile(file: string, filename: string): Script {
    const text = readFileSync(filename);
    const source = `(function (exports, require, module, __filename) {${text}\n})`;
    const cachedData = this.read(file, text);
    const script = new Script(source, { filename, ...(cachedData && { cachedData }) });
    if (cachedData === undefined || script.cachedDataRejected) this.compiled.push({ file, text, script });
    return script;
  }

  /** V8 trusts what it is given, and may crash on what is damaged or was made of another text. */
  private read(file: string, text: Buffer): Buffer | undefined {
    try {
      const bytes = readFileSync(this.pathOf(file));
      const data = bytes.subarray(CHECKSUM_BYTES);
      return checksum(text, data).equals(bytes.subarray(0, CHECKSUM_BYTES)) ? data : undefined;
    } catch {
      return undefined;
    }
  }

  /** Where is kept what V8 made of a file. */
  private pathOf(file: string): string {
    return join(this.kept, `${file}.bin`);
  }
}

/** A file for which nothing usable was kept. */
interface Compiled {
  readonly file: string;
  readonly text: Buffer;
  readonly script: Script;
}

const CHECKSUM_BYTES = 4;

function checksum(text: Buffer, data: Buffer): Buffer {
  const bytes = Buffer.alloc(CHECKSUM_BYTES);
  bytes.writeUInt32LE(crc32(data, crc32(text)));
  return bytes;
}
