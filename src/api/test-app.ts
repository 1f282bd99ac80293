import type { CheckId } from '../core/app-test/check.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import { hintText } from '../core/diagnostics/vocabulary.js';
import { type AppReference, parseAppReference } from '../core/manifest/app-reference.js';
import { openBucket, openBucketSetup, openCaller, openIdentity } from './adapters.js';
import { withLocalApp } from './local-app.js';
import { type NetworkContext, type NetworkOptions, resolveNetwork } from './network-options.js';

/** Options of {@link testApp}, with the credentials of the server. */
export interface TestAppOptions extends NetworkOptions {
  /**
   * The app to test: its ID, or its ID and version, `com.example.app@v1.2.0`.
   *
   * @default that of `bundle`; without either, the example app, if it is deployed
   */
  readonly app?: string | undefined;
  /** The folder or bundle whose manifest names the app and its version; also an https URL or `s3://bucket/key`. */
  readonly bundle?: string | undefined;
  /**
   * The path that each function is called with.
   *
   * @default /ping
   */
  readonly path?: string | undefined;
}

/** One line of a checklist. */
export interface AppCheck {
  readonly id: CheckId;
  /** What should be so, in plain words. */
  readonly title: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** What was found, or why the check failed or was skipped. */
  readonly detail: string | undefined;
  /** What to do if it failed. */
  readonly hint: string | undefined;
}

/** The outcome of {@link testApp}. */
export interface AppTestReport {
  /** Whether no check has failed. */
  readonly passed: boolean;
  /** The app whose functions were called; undefined if there is none. */
  readonly app: { readonly id: string; readonly version: string } | undefined;
  readonly checks: readonly AppCheck[];
}

/**
 * Checks that the Mattermost server can do with its credentials what it needs for an app, and nothing else: read the bucket
 * and the manifest, and call each function; neither write objects, nor invoke other functions, nor read locks. Waits some
 * seconds for an access key that is new. Changes nothing; what the calls do is up to the app.
 *
 * @throws AppsctlError USAGE for invalid options, INVALID_BUNDLE for a bundle without a valid manifest, INTERRUPTED; failed
 *   requests are failed checks
 */
export async function testApp(options: TestAppOptions): Promise<AppTestReport> {
  const context = await resolveNetwork(options);
  const { path } = options;
  if (path !== undefined && !path.startsWith('/')) {
    throw new AppsctlError('USAGE', `path: ${JSON.stringify(path)} does not begin with a slash`);
  }
  const { credentialsSource, credentialsOwner } = context.connection;
  const app = await readApp(options, context);
  const [{ testApp: runChecks }, identity, caller] = await Promise.all([
    import('../operations/app-test/test-app.js'),
    openIdentity(context),
    openCaller(context, path === undefined),
  ]);
  const { manifest, checks } = await runChecks(
    { app, path },
    {
      ...context,
      ...{ identity, caller },
      ...{ credentialsSource, credentialsOwner },
      openBucket: (accountId) => openBucket(context, accountId),
      openBucketSetup: (accountId) => openBucketSetup(context, accountId),
    },
  );
  return {
    passed: checks.every(({ outcome }) => outcome !== 'failed'),
    app: manifest && { id: manifest.app_id, version: manifest.version },
    checks: checks.map((item) => ({ ...item, hint: hintText(item.hint, context.vocabulary) })),
  };
}

async function readApp(
  { app, bundle, ...options }: TestAppOptions,
  { connection }: NetworkContext,
): Promise<AppReference | undefined> {
  if (app !== undefined && bundle !== undefined)
    throw new AppsctlError('USAGE', 'only one of app and bundle can be given');
  if (app !== undefined) return parseAppReference(app);
  if (bundle === undefined) return undefined;
  const { readAppReference } = await import('../operations/read-app-reference.js');
  return withLocalApp(
    bundle,
    options,
    async () => connection,
    ({ path }) => readAppReference(path),
  );
}
