import type { Findings } from '../diagnostics/findings.js';
import { didYouMean, findSimilar } from '../did-you-mean.js';
import { EXPAND_LEVELS, LOCATIONS, PERMISSIONS, WEBHOOK_AUTH_TYPES } from './known-names.js';
import type { Manifest } from './manifest.js';
import type { ManifestSource } from './manifest-source.js';

/** The fields for which some levels have no effect. Source: server/proxy/expand.go of the Mattermost Apps plugin 1.2 */
const LIMITED_LEVELS: Readonly<Record<string, readonly string[]>> = {
  app: ['summary', 'all'],
  acting_user_access_token: ['all'],
  oauth2_app: ['all'],
  oauth2_user: ['all'],
};

/** A key that names the schema of the file to an editor. */
const SCHEMA_KEY = '$schema';

/**
 * Checks the names in a manifest that the Mattermost server accepts when an app is listed, and then ignores or refuses.
 *
 * @param findings collects warnings
 */
export function checkManifestNames(manifest: Manifest, source: ManifestSource, findings: Findings): void {
  const typo = manifest.aws_lambda === undefined ? source.findTypo('aws_lambda') : undefined;
  for (const { parent, key, known } of source.unknownFields) {
    // The typo is in the error about what is missing.
    if (parent === '' && (key === SCHEMA_KEY || key === typo)) continue;
    const location = `${parent}${parent === '' ? '' : '.'}${shorten(key)}`;
    const message = 'is not a field of the manifest, and is ignored';
    findings.warning('manifest/unknown-field', location, message, didYouMean(key, known, 'remove it'));
  }
  checkPermissions(manifest.requested_permissions, findings);
  checkLocations(manifest.requested_locations, findings);
  const authType = manifest.remote_webhook_auth_type;
  if (authType !== '' && !WEBHOOK_AUTH_TYPES.includes(authType)) {
    const message = `${JSON.stringify(authType)} is not supported: the server refuses all webhooks`;
    const fix = didYouMean(authType, WEBHOOK_AUTH_TYPES, 'use "secret" or "none"');
    findings.warning('manifest/webhook-auth-type', 'remote_webhook_auth_type', message, fix);
  }
  checkExpandLevels(manifest, findings);
}

function checkPermissions(permissions: readonly string[], findings: Findings): void {
  for (const [index, permission] of permissions.entries()) {
    if (permission === '' || PERMISSIONS.includes(permission)) continue;
    const location = `requested_permissions[${index}]`;
    const fix = didYouMean(permission, PERMISSIONS, `use one of ${PERMISSIONS.join(', ')}`);
    findings.warning('manifest/unknown-permission', location, `unknown permission ${quote(permission)}`, fix);
  }
}

function checkLocations(locations: readonly string[], findings: Findings): void {
  for (const [index, location] of locations.entries()) {
    const [, top = '', sub = ''] = /^(\/?[^/]*)(.*)$/s.exec(location) ?? [];
    if (LOCATIONS.includes(top)) continue;
    const similar = findSimilar(top, LOCATIONS);
    const fix =
      similar === undefined
        ? `use one of ${LOCATIONS.join(', ')}`
        : `did you mean ${quote(`${similar}${sub}`)}?`;
    const message = `unknown location ${quote(location)}`;
    findings.warning('manifest/unknown-location', `requested_locations[${index}]`, message, fix);
  }
}

/** A level is optionally preceded by `+`, which makes the field required. Source: ParseExpandLevel in apps/expand.go */
function checkExpandLevels({ calls }: Manifest, findings: Findings): void {
  for (const [call, { expand }] of calls) {
    for (const [field, written] of expand ?? []) {
      const level = written.replace(/^\+/, '');
      const effective = LIMITED_LEVELS[field] ?? EXPAND_LEVELS;
      if (level === '' || effective.includes(level)) continue;
      const location = `${call}.expand.${field}`;
      const fix = didYouMean(level, effective, `use ${effective.map(quote).join(' or ')}`);
      const message = EXPAND_LEVELS.includes(level)
        ? `the level ${quote(written)} has no effect on this field`
        : `unknown level ${quote(written)}: the server refuses the call`;
      findings.warning('manifest/expand-level', location, message, fix);
    }
  }
}

function quote(text: string): string {
  return JSON.stringify(shorten(text));
}

/** A name that is not known may be of any length. */
function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
