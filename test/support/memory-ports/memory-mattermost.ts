import type { Installation } from '../../../src/core/deploy/installation.js';
import type { JsonObject } from '../../../src/core/json/strict-json.js';
import { normalizedManifest } from '../../../src/core/manifest/encode.js';
import { DEPLOY_TYPES, type Manifest } from '../../../src/core/manifest/manifest.js';
import type { ListedApp, Mattermost } from '../../../src/core/ports/mattermost.js';

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

  async serverVersion(): Promise<string> {
    return '10.11.0';
  }

  async pluginVersion(): Promise<string> {
    return '1.2.2';
  }

  async listApps(): Promise<readonly ListedApp[]> {
    this.reads.push('list apps');
    return [...this.listings]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, manifest]) => ({
        id,
        version: textOf(manifest, 'version'),
        displayName: textOf(manifest, 'display_name'),
        deployTypes: DEPLOY_TYPES.filter((type) => manifest.has(type)),
        isInstalled: this.installations.has(id),
        isEnabled: this.installations.get(id)?.isDisabled === false,
      }));
  }

  async findListing(appId: string): Promise<JsonObject | undefined> {
    this.reads.push(`find listing ${appId}`);
    return this.listings.get(appId);
  }

  async findInstallation(appId: string): Promise<Installation | undefined> {
    this.reads.push(`find installation ${appId}`);
    return this.installations.get(appId);
  }

  async usableDeployTypes(appId: string): Promise<readonly string[]> {
    return DEPLOY_TYPES.filter((type) => this.listings.get(appId)?.has(type));
  }

  async list(manifest: Manifest): Promise<void> {
    this.beforeChange(`list ${manifest.app_id}`);
    this.listings.set(manifest.app_id, normalizedManifest(manifest));
  }

  async install({ app_id: id }: Pick<Manifest, 'app_id' | 'version'>): Promise<void> {
    this.beforeChange(`install ${id}`);
    const manifest = this.listings.get(id) ?? new Map();
    this.installations.set(id, { manifest, deployType: 'aws_lambda', isDisabled: false });
  }

  async uninstall(appId: string): Promise<void> {
    this.beforeChange(`uninstall ${appId}`);
    this.installations.delete(appId);
  }

  async enable(appId: string): Promise<void> {
    this.setDisabled(appId, false);
  }

  async disable(appId: string): Promise<void> {
    this.setDisabled(appId, true);
  }

  private setDisabled(appId: string, isDisabled: boolean): void {
    this.beforeChange(`${isDisabled ? 'disable' : 'enable'} ${appId}`);
    const installation = this.installations.get(appId);
    if (installation !== undefined) this.installations.set(appId, { ...installation, isDisabled });
  }
}

function textOf(manifest: JsonObject, field: string): string {
  const value = manifest.get(field);
  return typeof value === 'string' ? value : '';
}
