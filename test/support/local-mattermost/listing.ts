import { checkManifest } from './check-manifest.js';
import { DEPLOY_TYPES, decodeManifest, type JsonObject, type Manifest } from './manifest.js';

/**
 * The manifest that update-app-listing stores and answers.
 *
 * Unless the request says Replace, deploy types are merged: an earlier listing keeps its own, the request's replace
 * them, and one that is new to the listing has to stand in add_deploys; those in remove_deploys go.
 */
export function updatedListing(previous: Manifest | undefined, request: JsonObject): Manifest {
  const manifest = decodeManifest(request);
  checkManifest(manifest);
  if (request['Replace'] === true) {
    return manifest;
  }

  const merged: Manifest = { ...manifest };
  for (const type of Object.keys(DEPLOY_TYPES)) {
    const listed = previous?.[type];
    const fresh = manifest[type];
    const takesFresh = fresh !== undefined && (listed !== undefined || names(request['add_deploys'], type));
    const deploy = names(request['remove_deploys'], type) ? undefined : takesFresh ? fresh : listed;
    if (deploy === undefined) {
      delete merged[type];
    } else {
      merged[type] = deploy;
    }
  }
  return merged;
}

function names(list: unknown, type: string): boolean {
  return Array.isArray(list) && list.includes(type);
}
