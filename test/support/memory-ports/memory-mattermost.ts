import type { Installation } from '../../../src/core/deploy/installation.js';
import type { JsonObject } from '../../../src/core/json/strict-json.js';
import { normalizedManifest } from '../../../src/core/manifest/encode.js';
import type { Manifest } from '../../../src/core/manifest/manifest.js';
import type { Mattermost } from '../../../src/core/ports/mattermost.js';

/** A Mattermost server in memory. */
export class MemoryMattermost implements Mattermost {
  readonly siteUrl = 'https://mattermost.example.com';
  readonly listings = new Map<string, JsonObject>();
  readonly installations = new Map<string, Installation>();
  /** The reads so far, such as `find listing a`. */
  readonly reads: string[] = [];
  /** Called before each change: may throw. */
  beforeChange: (change: string) => void = () => {};

  async checkAccess(): Promise<void> {
    this.reads.push('check access');
  }

  async findListing(appId: string): Promise<JsonObject | undefined> {
    this.reads.push(`find listing ${appId}`);
    return this.listings.get(appId);
  }

  async findInstallation(appId: string): Promise<Installation | undefined> {
    this.reads.push(`find installation ${appId}`);
    return this.installations.get(appId);
  }

  async list(manifest: Manifest): Promise<void> {
    this.beforeChange(`list ${manifest.app_id}`);
    this.listings.set(manifest.app_id, normalizedManifest(manifest));
  }

  async install(manifest: Manifest): Promise<void> {
    this.beforeChange(`install ${manifest.app_id}`);
    this.installations.set(manifest.app_id, {
      manifest: normalizedManifest(manifest),
      deployType: 'aws_lambda',
      isDisabled: false,
    });
  }
}
