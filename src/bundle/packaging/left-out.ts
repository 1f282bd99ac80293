import ignore, { type Ignore } from 'ignore';
import { compareUtf8, decodeUtf8 } from '../../core/text.js';
import { MIB } from '../../core/units.js';
import { relativePath } from '../app-paths.js';
import type { AppFolder, FolderItem } from './app-folder.js';

/** The file with the patterns of an app. */
const IGNORE_FILE = '.appsctlignore';
/** Files of appsctl itself. */
const OWN_FILES = ['appsctl.json', IGNORE_FILE];
/** Patterns are few and short. */
const MAX_IGNORE_BYTES = MIB;

const KEY_PATTERNS = [
  ...['*.pem', '*.key', '*.p12', '*.pfx', '*.ppk', '*.jks', '*.keystore'],
  ...['id_rsa', 'id_dsa', 'id_ecdsa', 'id_ecdsa_sk', 'id_ed25519', 'id_ed25519_sk'],
];

/**
 * What is never code or an asset, with the rules of .gitignore. A folder with a name that only files are left out by, such
 * as the package `console.log`, is kept.
 */
const DEFAULT_PATTERNS: readonly string[] = [
  // Secrets.
  ...['.env', '.env.*', '*.env', '!*.env/', '.envrc'],
  ...['.npmrc', '.yarnrc', '.yarnrc.yml', '.netrc', '.pypirc', '.pgpass', '.htpasswd'],
  ...['.aws/', '.ssh/', '.gnupg/', '.docker/', '.kube/'],
  ...['*.tfstate', '*.tfstate.backup'],
  ...KEY_PATTERNS.flatMap((pattern) => [pattern, `!${pattern}/`]),
  // Version control.
  '.git*',
  '.svn/',
  '.hg/',
  // Logs, which npm leaves behind when it fails.
  '*.log',
  '!*.log/',
  'npm-debug.log*',
  // Editors and desktop systems.
  '.idea/',
  '.vscode/',
  '*.swp',
  '*~',
  '.DS_Store',
  '._*',
  '__MACOSX/',
  'Thumbs.db',
  'desktop.ini',
];

/** Installed packages contain the public certificates of certificate authorities, and keys for tests. */
const INSTALLED_KEYS = KEY_PATTERNS.map((pattern) => `!**/node_modules/**/${pattern}`);

/** Names of files and folders that look like those with secrets. */
const SECRETS =
  /(?:^|\/)(?:\.env(?:\.[^/]*)?|\.envrc|\.npmrc|\.yarnrc(?:\.yml)?|\.netrc|\.pypirc|\.pgpass|\.htpasswd|\.git-credentials|\.aws|\.ssh|\.gnupg|\.docker|\.kube)(?:\/|$)|\.env$|\.tfstate(?:\.backup)?$/i;
const KEYS =
  /(?:^|\/)(?:id_(?:rsa|dsa|(?:ecdsa|ed25519)(?:_sk)?)|[^/]*\.(?:pem|key|p12|pfx|ppk|jks|keystore))$/i;

/**
 * Whether a file looks like one with secrets. Keys of installed packages are public.
 *
 * @param source its path in the workspace, without links
 */
export function isSecret(source: string): boolean {
  return SECRETS.test(source) || (KEYS.test(source) && !isOfPackage(source));
}

/** What is left out of a bundle, by default and by the patterns in .appsctlignore, and what has been left out so far. */
export class LeftOut {
  private readonly found = new Set<string>();
  private readonly used = new Set<string>();

  private constructor(
    private readonly folder: AppFolder,
    /** For what is in an installed package. */
    private readonly installed: Ignore,
    /** For what is in the app or a package of its workspace. */
    private readonly own: Ignore,
  ) {}

  /**
   * @param appId the ID of the app, to leave out its earlier bundles
   * @throws AppsctlError INVALID_BUNDLE when .appsctlignore cannot be read
   */
  static async read(folder: AppFolder, appId: string | undefined): Promise<LeftOut> {
    const file = await folder.alone.find(IGNORE_FILE);
    const patterns = [
      ...(appId ? [`/${escapePattern(appId)}_*.zip`] : []),
      ...(file === undefined ? [] : readPatterns(folder, file)),
      ...OWN_FILES.map((name) => `/${name}`),
    ];
    const installed = newMatcher([...DEFAULT_PATTERNS, ...INSTALLED_KEYS, ...patterns]);
    return new LeftOut(folder, installed, newMatcher([...DEFAULT_PATTERNS, ...patterns]));
  }

  /**
   * Whether something is left out, by the patterns or because of an additional one.
   *
   * @param path relative to the app's folder, with slashes, as if the packages in node_modules were not links
   * @param isAlsoExcluded whether another pattern leaves it out
   */
  covers(path: string, { kind, realPath }: FolderItem, isAlsoExcluded = false): boolean {
    const ending = kind === 'folder' ? '/' : '';
    const isOwn = isOfPackage(path) && !isOfPackage(relativePath(this.folder.workspaceRoot, realPath));
    const patterns = isOwn ? this.own : this.installed;
    if (!isAlsoExcluded && !patterns.ignores(path + ending)) return false;
    this.add((isOwn ? this.folder.locate(realPath) : path) + ending);
    return true;
  }

  /** Adds something that is not part of the app. */
  add(path: string): void {
    if (!OWN_FILES.includes(path)) this.found.add(path);
  }

  /**
   * Remembers what is directly in the app's folder, and at least partly in the bundle.
   *
   * @param location relative to the app's folder
   */
  use(location: string): void {
    const [name = ''] = location.split('/', 1);
    this.used.add(`${name}/`);
  }

  /** What was left out, relative to the app's folder; a folder ends with a slash. Files of packages come last. */
  get paths(): string[] {
    const order = (path: string): number => Number(isOfPackage(path));
    return [...this.found]
      .filter((path) => !this.used.has(path))
      .sort((a, b) => order(a) - order(b) || compareUtf8(a, b));
  }
}

/** What most apps have beside their code, and no one misses in a bundle. */
const COMMON = newMatcher([
  ...['.git*', '.svn/', '.hg/', '.idea/', '.vscode/', '.editorconfig', '.DS_Store', '*.zip'],
  ...['node_modules/', 'package.json', 'package-lock.json', 'npm-shrinkwrap.json'],
  ...['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'yarn.lock', 'tsconfig*.json'],
  ...[
    'README*',
    'LICENSE*',
    'LICENCE*',
    'CHANGELOG*',
    'CONTRIBUTING*',
    'SECURITY*',
    'Makefile',
    'go.mod',
    'go.sum',
  ],
]);

/**
 * Whether a note names something that was left out: not if it is common, or in an installed package.
 *
 * @param path relative to the app's folder; it may lead out of it, to another package of the workspace
 */
export function isWorthNoting(path: string): boolean {
  return !isOfPackage(path) && !COMMON.ignores(path.replace(/^(?:\.\.\/)+/, ''));
}

/** Whether a path is in a package, not of the app itself. */
export function isOfPackage(path: string): boolean {
  return /(?:^|\/)node_modules\/./.test(path);
}

/** Matches paths by patterns with the rules of .gitignore, on every system with case. */
export function newMatcher(patterns: readonly string[]): Ignore {
  return ignore({ ignoreCase: false }).add(patterns);
}

function readPatterns(folder: AppFolder, file: FolderItem): string[] {
  folder.assertFileOrFolder(file);
  const text = decodeUtf8(folder.read(file.realPath, MAX_IGNORE_BYTES));
  if (text === undefined)
    throw folder.error('package/unreadable', IGNORE_FILE, 'is not UTF-8', 'save it as UTF-8');
  return text.replace(/^\ufeff/, '').split(/\r?\n/);
}

function escapePattern(text: string): string {
  return text.replace(/[\\*?[\]!#\s]/g, '\\$&');
}
