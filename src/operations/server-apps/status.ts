import {
  DEPLOY_TYPE,
  describeOutdated,
  describeVersion,
  type InstalledApp,
} from '../../core/deploy/installation.js';
import { describeInstallation } from '../../core/deploy/mattermost-plan.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { CONFIGURE_AWS_HINT } from '../../core/diagnostics/mattermost-hints.js';
import { type Hint, hintText, type Vocabulary } from '../../core/diagnostics/vocabulary.js';
import { DEPLOY_TYPES } from '../../core/manifest/manifest.js';
import type { Mattermost } from '../../core/ports/mattermost.js';
import { decodeListing } from './decode-listing.js';
import { findServerApp, textField } from './find-server-app.js';

/** What is wrong with an app on a server, or worth knowing. */
export interface ServerAppProblem {
  readonly message: string;
  readonly hint: string | undefined;
}

/** An app on a Mattermost server. */
export interface ServerAppStatus {
  readonly id: string;
  readonly displayName: string;
  readonly siteUrl: string;
  /** What the server lists; undefined when it does not list the app. */
  readonly listed: { readonly version: string; readonly deployTypes: readonly string[] } | undefined;
  /** Undefined when the app is not installed; current if it is installed from AWS with the manifest that is listed. */
  readonly installed: InstalledApp | undefined;
  /**
   * Whether the server has a key for AWS; it can still be a wrong one. Undefined when the server does not tell, which it
   * does only for an app that is listed for AWS.
   */
  readonly isAwsConfigured: boolean | undefined;
  /** Whether users can use the app: it is listed, installed and enabled, and the server knows how to call it. */
  readonly isUsable: boolean;
  readonly problems: readonly ServerAppProblem[];
}

/**
 * Finds out how an app is listed and installed, and why users cannot use it. Changes nothing.
 *
 * @param vocabulary the names of options and commands
 * @throws AppsctlError NOT_FOUND for an app that the server does not know; ACCESS_DENIED, NETWORK, SERVICE
 */
export async function readServerAppStatus(
  id: string,
  mattermost: Mattermost,
  vocabulary: Vocabulary,
): Promise<ServerAppStatus> {
  const { listing, installation } = await findServerApp(id, mattermost);
  const deployTypes = listing === undefined ? [] : DEPLOY_TYPES.filter((type) => listing.has(type));
  const isAwsConfigured = deployTypes.includes(DEPLOY_TYPE) ? await asksForAws(id, mattermost) : undefined;
  const installed =
    installation && describeInstallation(decodeListing(listing ?? installation.manifest), installation);
  const app = {
    id,
    displayName: textField(listing ?? installation?.manifest ?? new Map(), 'display_name'),
    siteUrl: mattermost.siteUrl,
    listed: listing && { version: textField(listing, 'version'), deployTypes },
    installed,
    isAwsConfigured,
  };
  const problems = [...findProblems(app)];
  return {
    ...app,
    isUsable: problems.every(({ isFatal }) => !isFatal),
    problems: problems.map(({ message, hint }) => ({ message, hint: hintText(hint, vocabulary) })),
  };
}

/** Undefined when the server does not answer the question: the rest of the status is as useful without it. */
async function asksForAws(id: string, mattermost: Mattermost): Promise<boolean | undefined> {
  try {
    return (await mattermost.usableDeployTypes(id)).includes(DEPLOY_TYPE);
  } catch (error) {
    if (AppsctlError.is(error)) return undefined;
    throw error;
  }
}

interface Problem {
  readonly message: string;
  readonly hint: Hint;
  /** Whether users cannot use the app. */
  readonly isFatal: boolean;
}

function* findProblems({
  id,
  siteUrl,
  listed,
  installed,
  isAwsConfigured,
}: Omit<ServerAppStatus, 'isUsable' | 'problems'>): Generator<Problem> {
  const isOnAws = (installed?.deployType ?? DEPLOY_TYPE) === DEPLOY_TYPE;
  if (isAwsConfigured === false && isOnAws) {
    yield {
      message: `${siteUrl} cannot use apps on AWS: it has no key for AWS`,
      hint: CONFIGURE_AWS_HINT,
      isFatal: true,
    };
  }
  if (listed === undefined) {
    yield {
      message: `app ${id} is not listed: the server refuses its calls`,
      hint: ({ deployCommand }) => `list it again with: ${deployCommand}`,
      isFatal: true,
    };
  }
  const install: Hint = ({ installAppCommand }) => `install it with: ${installAppCommand}`;
  if (installed === undefined) {
    yield { message: `app ${id} is not installed`, hint: install, isFatal: true };
    return;
  }
  if (installed.isDisabled) {
    yield {
      message: `app ${id} is disabled`,
      hint: ({ enableAppCommand }) => `enable it with: ${enableAppCommand}`,
      isFatal: true,
    };
  }
  if (listed !== undefined && !installed.isCurrent) {
    const outdated = describeOutdated(installed, { app_id: id, version: listed.version }, 'is still');
    yield {
      message: `${outdated}; ${describeVersion(listed.version)} is listed`,
      hint: listed.deployTypes.includes(DEPLOY_TYPE) ? install : '',
      isFatal: false,
    };
  }
}
