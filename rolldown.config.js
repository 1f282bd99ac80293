import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Bundles the command line into a few files, because loading the hundreds of modules of the AWS SDK one by one takes
 * longer than most commands. Commands still load what they need when they run. The library is not bundled.
 */
const root = fileURLToPath(new URL('.', import.meta.url));

/** Writes the licenses of the bundled packages to a file, as they require. */
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
 * Replaces imports of Node.js modules by `process.getBuiltinModule`.
 *
 * Problem: an import evaluates every export of a module, and so loads unused parts such as WebSocket and WebCrypto.
 * Gain: 10 of 87 ms of `appsctl --version`.
 * To remove: delete this plugin from the list below.
 */
function builtinModules() {
  const prefix = '\0node:';
  return {
    name: 'builtin-modules',
    // The bundler's runtime imports node:module.
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
/** The modules that every command loads at start. */
let start;

/** Whether a module is loaded at start, not only by some commands. */
function isLoadedAtStart(id, context) {
  if (start === undefined) {
    start = new Set([ENTRY]);
    // Modules that are added during the loop are visited too.
    for (const module of start) {
      for (const imported of context.getModuleInfo(module)?.importedIds ?? []) start.add(imported);
    }
  }
  return start.has(id);
}

/** Packages that only the client of S3 uses. */
const ONLY_S3 = /@aws-sdk\/(?:checksums|middleware-sdk-s3|signature-v4-multi-region)\//;

/** The AWS service that a module is about: of its client, or of our adapter for it. */
function serviceOf(id) {
  if (ONLY_S3.test(id)) return 'aws-s3';
  const service = /@aws-sdk\/client-([\w-]+)\/|\/src\/aws\/(iam|lambda|logs|s3|secrets|sts)\//.exec(id);
  return service && `aws-${(service[1] ?? service[2]).replace('cloudwatch-', '').replace('-manager', '')}`;
}

export default {
  input: { run: ENTRY },
  platform: 'node',
  // Unused exports of ES modules can be left out.
  resolve: { mainFields: ['module', 'main'] },
  logLevel: 'warn',
  // As in tsconfig.json: what every supported Node.js understands.
  transform: { target: 'es2023' },
  plugins: [notices(), builtinModules()],
  output: {
    dir: join(root, 'dist/command-line'),
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    // Few files: opening a file takes longer than loading some more code.
    codeSplitting: {
      groups: [
        { name: 'node', test: /^\0node:/, priority: 3 },
        { name: (id, context) => (isLoadedAtStart(id, context) ? 'start' : null), priority: 2 },
        // What needs it loads it: documents of policies, responses of Mattermost and settings files.
        { name: 'zod', test: /node_modules\/zod\//, priority: 1.8 },
        // What commands without a network share must not be in one file with the SDK or with zod.
        {
          name: 'core',
          test: /\/src\/core\/(?!policy|settings\/(?:schema|parse|resolve))/,
          minShareCount: 3,
          priority: 1.5,
        },
        { name: 'policy', test: /\/src\/core\/policy\//, minShareCount: 3, priority: 1.4 },
        // Mattermost and downloads need it without the SDK.
        { name: 'http', test: /\/src\/http\//, minShareCount: 2, priority: 1.2 },
        {
          name: 'aws',
          test: /node_modules\/(?:@aws-sdk\/(?!client-|checksums|middleware-sdk-s3|signature-v4-multi)|@smithy\/)|\/src\/aws\/client\//,
          minShareCount: 3,
          priority: 1.3,
        },
        // Most commands use only some of the services.
        { name: serviceOf, minShareCount: 3, priority: 1.2 },
        // Not in one file: some commands read bundles and do not need AWS, others need nothing but a client.
        { name: 'api', test: /\/src\/api\//, minShareCount: 3, priority: 1.1 },
        { name: 'inventory', test: /\/src\/operations\/inventory\//, minShareCount: 3, priority: 1.1 },
        {
          name: 'bundle',
          test: /\/src\/(?:bundle\/|zip\/|operations\/check-bundle)|node_modules\/yauzl\//,
          minShareCount: 3,
          priority: 1.1,
        },
        { name: 'shared', minShareCount: 3 },
      ],
    },
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
    cleanDir: true,
  },
};
