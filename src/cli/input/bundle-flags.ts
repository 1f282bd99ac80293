import type { Command } from 'commander';
import type { BundleAccess, BundleOptions } from '../../api/local-app.js';
import { isSha256, parseAppLocation } from '../../core/bundle/app-location.js';
import { type AwsFlags, readConnectionOptions } from './aws-options.js';
import { checkedValue } from './checked-value.js';
import { type CommandContext, commonOptions } from './context.js';

/** The flags of commands that read a bundle, which may be one from elsewhere. */
export interface BundleFlags {
  sha256?: string;
}

/** What the argument of these commands can be. */
export const BUNDLE_ARGUMENT = 'the app bundle: a .zip file, an https URL, or s3://BUCKET/KEY';
export const APP_ARGUMENT =
  'the folder of the app, or its bundle: a .zip file, an https URL, or s3://BUCKET/KEY';

/** Adds the flags to a command. */
export function addBundleFlags(command: Command): Command {
  return command.option(
    '--sha256 <hex>',
    'the SHA-256 that the bundle must have',
    checkedValue(isSha256, '64 characters of 0-9 and a-f'),
  );
}

/** The options of the library for the flags. */
export function toBundleOptions(context: CommandContext, { sha256 }: BundleFlags): BundleOptions {
  const { onEvent, timeouts } = context;
  return { ...commonOptions(context), sha256, onEvent, timeouts };
}

/**
 * The options of AWS for commands that use it only for a bundle in S3.
 *
 * @param app the argument of the command
 * @throws AppsctlError USAGE for a URL that cannot be downloaded, MISSING_VARIABLE, INVALID_VARIABLE
 */
export function toBundleAccess(context: CommandContext, app: string, flags: AwsFlags): BundleAccess {
  if (parseAppLocation(app).kind !== 's3') return {};
  return { aws: readConnectionOptions(context, flags, 'deploy').aws };
}
