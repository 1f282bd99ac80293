import {
  describeOutdated,
  describeVersion,
  type InstallationStatus,
} from '../../core/deploy/mattermost-plan.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import type { Manifest } from '../../core/manifest/manifest.js';

/** The line about the installation of an app after its deployment. */
export function renderInstallation(
  manifest: Manifest,
  status: InstallationStatus,
  siteUrl: string,
  words: Vocabulary,
): string {
  switch (status.kind) {
    case 'not-installed':
      return `Install it in Mattermost with: /apps install listed ${manifest.app_id}`;
    case 'outdated': {
      const outdated = describeOutdated(status.installed, manifest);
      return `Not installed: ${outdated} in ${siteUrl}; install ${describeVersion(manifest.version)} with ${words.install}`;
    }
    case 'installed':
      return `Installed in ${siteUrl}${status.isDisabled ? ', but disabled' : ''}`;
  }
}
