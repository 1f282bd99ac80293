import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The command line in a few files: loading the hundreds of modules of the AWS SDK one by one takes longer than most
 * commands. Commands keep loading what they need when they run. The library is not bundled.
 */
const root = fileURLToPath(new URL('.', import.meta.url));

/** Puts the licences of what is bundled beside it, as they demand. */
function notices() {
  return {
    name: 'notices',
    generateBundle(_options, bundle) {
      const packages = new Set();
      for (const { moduleIds = [] } of Object.values(bundle)) {
        for (const id of moduleIds) {
          const match = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id);
          if (match) packages.add(match[1]);
        }
      }
      const texts = [...packages].sort().map((folder) => {
        const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
        const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license', 'LICENSE.markdown'].find(
          (candidate) => existsSync(join(folder, candidate)),
        );
        const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim();
        return `${name} ${version} (${license})\n\n${text}\n`;
      });
      this.emitFile({
        type: 'asset',
        fileName: 'THIRD-PARTY-NOTICES.txt',
        source: texts.join(`\n${'-'.repeat(80)}\n\n`),
      });
    },
  };
}

/**
 * Takes modules of Node.js from `process` instead of importing them. An import makes Node.js evaluate all that a module
 * exports, and so load what nobody uses of it, such as WebSocket and WebCrypto: a quarter of the time that a short
 * command takes to start.
 */
function modulesOfNode() {
  const prefix = '\0node:';
  return {
    name: 'modules-of-node',
    // The bundler's own code imports node:module.
    resolveId: (source) =>
      isBuiltin(source) && source !== 'node:module' ? prefix + source.replace(/^node:/, '') : null,
    load(id) {
      if (!id.startsWith(prefix)) return null;
      const name = JSON.stringify(`node:${id.slice(prefix.length)}`);
      return `module.exports = process.getBuiltinModule(${name});`;
    },
  };
}

const ENTRY = join(root, 'src/cli/run.ts');
/** What every command needs to start. */
let start;

/** Whether a module is loaded with the command line, not only with one of the commands. */
function isNeededToStart(id, context) {
  if (start === undefined) {
    start = new Set([ENTRY]);
    // What is added on the way is visited too.
    for (const module of start) {
      for (const imported of context.getModuleInfo(module)?.importedIds ?? []) start.add(imported);
    }
  }
  return start.has(id);
}

export default {
  input: { run: ENTRY },
  platform: 'node',
  // ES modules before CommonJS: what nobody imports of them is left out.
  resolve: { mainFields: ['module', 'main'] },
  logLevel: 'warn',
  plugins: [notices(), modulesOfNode()],
  output: {
    dir: join(root, 'dist/command-line'),
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    // Few files: to find and read one takes longer than to load some more code.
    codeSplitting: {
      groups: [
        { name: 'node', test: /^\0node:/, priority: 3 },
        { name: (id, context) => (isNeededToStart(id, context) ? 'start' : null), priority: 2 },
        // Apart from the rest, which commands that need no network share too.
        { name: 'aws', test: /node_modules\/(@aws|@smithy)|\/src\/aws\//, minShareCount: 3, priority: 1 },
        { name: 'shared', minShareCount: 3 },
      ],
    },
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
    cleanDir: true,
  },
};
