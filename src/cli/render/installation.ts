import type { App } from '../../api/deploy.js';
import {
  describeOutdated,
  describeVersion,
  type InstallationStatus,
} from '../../core/deploy/installation.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import { capitalize } from '../../core/text.js';

/** The line about the installation of an app after its deployment. */
export function renderInstallation(
  { id, version }: App,
  status: InstallationStatus,
  siteUrl: string,
  vocabulary: Vocabulary,
): string {
  switch (status.kind) {
    case 'not-installed':
      return `Install it in Mattermost with: /apps install listed ${id}`;
    case 'outdated': {
      const outdated = describeOutdated(status.installed, { app_id: id, version }, 'is still');
      return `${capitalize(outdated)} in ${siteUrl}; install ${describeVersion(version)} with ${vocabulary.install}`;
    }
    case 'installed':
      return `Installed in ${siteUrl}${status.isDisabled ? ', but disabled' : ''}`;
  }
}
