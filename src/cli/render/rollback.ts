import type { RollbackResult } from '../../api/rollback.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import { renderInstallation } from './installation.js';

/**
 * The lines for a rollback that is done.
 *
 * @param siteUrl the Mattermost server
 * @param vocabulary the names of options and commands
 */
export function renderRollback(
  { app, changes, installation }: RollbackResult,
  siteUrl: string,
  vocabulary: Vocabulary,
): string[] {
  const isListed = changes.some(({ kind, action }) => kind === 'listing' && action === 'unchanged');
  return [
    `${app.displayName} (${app.id} ${app.version}) is ${isListed ? 'already' : 'now'} listed in ${siteUrl}.`,
    renderInstallation(app, installation, siteUrl, vocabulary),
  ];
}
