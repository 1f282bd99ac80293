import ignore, { type Ignore } from 'ignore';
import { compareUtf8, decodeUtf8 } from '../../core/text.js';
import type { AppFolder, FolderItem } from './app-folder.js';
import { cannotPackage, readAppFile } from './app-folder.js';

/** The file with the patterns of an app. */
const IGNORE_FILE = '.appsctlignore';
/** Files of appsctl itself. */
const OWN_FILES = ['appsctl.json', IGNORE_FILE];

/**
 * What is never code or an asset, with the rules of .gitignore. A folder with a name that only files are left out by, such
 * as the package `console.log`, is kept.
 */
const DEFAULT_PATTERNS: readonly string[] = [
  // Secrets.
  '.env',
  '.env.*',
  '.npmrc',
  '.netrc',
  '.pypirc',
  '.aws/',
  '.ssh/',
  ...['*.pem', '*.key', '*.p12', '*.pfx', 'id_rsa', 'id_dsa', 'id_ecdsa', 'id_ed25519'].flatMap((pattern) => [
    pattern,
    `!${pattern}/`,
    // Packages contain the public certificates of certificate authorities, and keys for tests.
    `!**/node_modules/**/${pattern}`,
  ]),
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

/** Names of files and folders that usually contain secrets. */
const SECRETS =
  /(?:^|\/)(?:\.env(?:\.[^/]*)?|\.npmrc|\.netrc|\.pypirc|\.git-credentials|\.aws|\.ssh)(?:\/|$)/i;
const KEYS = /(?:^|\/)(?:id_(?:rsa|dsa|ecdsa|ed25519)|[^/]*\.(?:pem|key|p12|pfx))$/i;

/** Whether a file usually contains secrets. Keys of packages are public. */
export function isSecret(path: string): boolean {
  return SECRETS.test(path) || (KEYS.test(path) && !isOfPackage(path));
}

/** What is left out of a bundle, by default and by the patterns in .appsctlignore, and what has been left out so far. */
export class LeftOut {
  private readonly found = new Set<string>();

  private constructor(private readonly patterns: Ignore) {}

  /**
   * @param appId the ID of the app, to leave out its earlier bundles
   * @throws AppsctlError INVALID_BUNDLE when .appsctlignore cannot be read
   */
  static async read(folder: AppFolder, appId: string | undefined): Promise<LeftOut> {
    const patterns = newMatcher(DEFAULT_PATTERNS);
    if (appId) patterns.add(`/${escapePattern(appId)}_*.zip`);
    const file = await folder.find(IGNORE_FILE);
    if (file !== undefined) patterns.add(await readPatterns(file));
    patterns.add(OWN_FILES.map((name) => `/${name}`));
    return new LeftOut(patterns);
  }

  /**
   * Whether something is left out, by the patterns or because of an additional one.
   *
   * @param path relative to the app's folder, with slashes
   * @param isAlsoExcluded whether another pattern leaves it out
   */
  covers(path: string, kind: FolderItem['kind'], isAlsoExcluded = false): boolean {
    const name = kind === 'folder' ? `${path}/` : path;
    if (!isAlsoExcluded && !this.patterns.ignores(name)) return false;
    this.add(name);
    return true;
  }

  /** Adds something that is not part of the app. */
  add(path: string): void {
    if (!OWN_FILES.includes(path)) this.found.add(path);
  }

  /** What was left out, relative to the app's folder; a folder ends with a slash. Files of packages come last. */
  get paths(): string[] {
    const order = (path: string): number => Number(isOfPackage(path));
    return [...this.found].sort((a, b) => order(a) - order(b) || compareUtf8(a, b));
  }
}

/** Whether a path is in a package, not of the app itself. */
export function isOfPackage(path: string): boolean {
  return /(?:^|\/)node_modules\/./.test(path);
}

/** Matches paths by patterns with the rules of .gitignore, on every system with case. */
export function newMatcher(patterns: readonly string[]): Ignore {
  return ignore({ ignoreCase: false }).add(patterns);
}

async function readPatterns(file: FolderItem): Promise<string> {
  if (file.kind !== 'file') throw cannotPackage(file.path, file.problem ?? 'is a folder');
  const text = decodeUtf8(await readAppFile(file.realPath));
  if (text === undefined) throw cannotPackage(file.path, 'is not UTF-8', 'save it as UTF-8');
  return text.replace(/^\ufeff/, '');
}

function escapePattern(text: string): string {
  return text.replace(/[\\*?[\]!#\s]/g, '\\$&');
}
