import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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
 * takes longer than an answer of AWS. Whoever can change what is kept can change the files too.
 *
 * From Node.js 22.1 on, `module.enableCompileCache` can do this.
 */
export class CompiledCode {
  private readonly folder: string;
  private readonly kept: string;
  private readonly requireOther: NodeJS.Require;
  private readonly modules = new Map<string, { exports: object }>();
  /** The scripts for which nothing was kept, by their files. */
  private readonly compiled = new Map<string, Script>();

  /** @param folder a directory URL; a file in it that is changed gets another name */
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
   */
  load(file: string): object {
    const known = this.modules.get(file);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    this.modules.set(file, module);
    const filename = join(this.folder, file);
    const body = this.compile(file, filename).runInThisContext() as Body;
    const require = (id: string): unknown =>
      id.startsWith('./') ? this.load(id.slice('./'.length)) : this.requireOther(id);
    body(module.exports, require, module, filename);
    return module.exports;
  }

  /**
   * Keeps what was compiled, with all functions that ran. An installation that cannot be written to is none the worse
   * for it: the next run compiles again.
   */
  keep(): void {
    if (this.compiled.size === 0) return;
    try {
      mkdirSync(this.kept, { recursive: true });
      for (const [file, script] of this.compiled)
        writeWhole(this.pathOf(file), withChecksum(script.createCachedData()));
    } catch {
      // See above.
    }
  }

  private compile(file: string, filename: string): Script {
    const source = `(function (exports, require, module, __filename) {${readFileSync(filename, 'utf8')}\n})`;
    const cachedData = readChecked(this.pathOf(file));
    const script = new Script(source, { filename, ...(cachedData && { cachedData }) });
    if (cachedData === undefined || script.cachedDataRejected) this.compiled.set(file, script);
    return script;
  }

  /** Where is kept what V8 made of a file. */
  private pathOf(file: string): string {
    return join(this.kept, `${file}.bin`);
  }
}

/** The bytes of a checksum. */
const CRC_BYTES = 4;

function withChecksum(data: Buffer): Buffer {
  const crc = Buffer.alloc(CRC_BYTES);
  crc.writeUInt32LE(crc32(data));
  return Buffer.concat([crc, data]);
}

/** V8 trusts what it is given and may crash, so that it must not be given what is damaged. */
function readChecked(path: string): Buffer | undefined {
  try {
    const bytes = readFileSync(path);
    const data = bytes.subarray(CRC_BYTES);
    return crc32(data) === bytes.readUInt32LE() ? data : undefined;
  } catch {
    return undefined;
  }
}

/** Nobody sees a part of the file: others may be reading and writing it. */
function writeWhole(path: string, data: Buffer): void {
  const temporary = `${path}.${process.pid}`;
  try {
    writeFileSync(temporary, data);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
