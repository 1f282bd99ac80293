import type { JsonObject } from '../json/strict-json.js';
import type { Manifest } from '../manifest/manifest.js';

/** The deploy type that appsctl lists and installs: the Apps plugin's name for apps on AWS. */
export const DEPLOY_TYPE = 'aws_lambda';

/** The installation of an app in Mattermost. */
export interface Installation {
  /** The manifest that it was installed with: the known fields only, without secrets. */
  readonly manifest: JsonObject;
  /** How the server calls the app, such as `aws_lambda`. */
  readonly deployType: string;
  /** Whether a system admin has disabled the app, so that no one can use it. */
  readonly isDisabled: boolean;
}

/** An installed app, compared with the bundle. */
export interface InstalledApp {
  readonly version: string;
  /** How the server calls the app, such as `aws_lambda`. */
  readonly deployType: string;
  readonly isDisabled: boolean;
  /** Whether it was installed with the manifest of the bundle and runs on AWS. */
  readonly isCurrent: boolean;
}

/** The installation of an app after a deployment. */
export type InstallationStatus =
  | { readonly kind: 'not-installed' }
  /** Installed with another version, manifest or deploy type, which the deployment does not change. */
  | { readonly kind: 'outdated'; readonly installed: InstalledApp }
  | { readonly kind: 'installed'; readonly isDisabled: boolean };

/**
 * Describes what stays installed of an app that is not installed again, as in `version 1.0.0 of app a stays installed`.
 *
 * @param verb `is still` after the deployment
 */
export function describeOutdated(
  { version, deployType }: InstalledApp,
  manifest: Pick<Manifest, 'app_id' | 'version'>,
  verb: 'stays' | 'is still' = 'stays',
): string {
  const { app_id: id } = manifest;
  if (version !== manifest.version) return `${describeVersion(version)} of app ${id} ${verb} installed`;
  if (deployType !== DEPLOY_TYPE) return `app ${id} ${verb} installed with the deploy type ${deployType}`;
  return `app ${id} ${verb} installed with its earlier manifest`;
}

/** Returns a version as `version 1.0.0`; the version of a manifest may be empty. */
export function describeVersion(version: string): string {
  return version === '' ? 'the unnumbered version' : `version ${version}`;
}
