import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import { renderAppTest } from './app-test.js';
import { renderApps } from './apps.js';
import { renderBundlePlans } from './bundle-plans.js';
import { renderBundles, renderRetriedBundles } from './bundles.js';
import { renderClean, renderCleanPlan } from './clean.js';
import type { CommandResult } from './command-result.js';
import { renderDeployment } from './deployment.js';
import { renderInit } from './init.js';
import { renderAnswer } from './invoke.js';
import { renderLogEvent } from './logs.js';
import { renderPackage } from './package.js';
import { describePass } from './pass.js';
import { renderPlan } from './plan.js';
import { renderRemoval, renderRemovalPlan } from './removal.js';
import { renderRollback } from './rollback.js';
import { renderRules } from './rules.js';
import { renderServerApp, renderServerAppChange, renderServerApps } from './server-apps.js';
import { renderStatus } from './status.js';
import { terminalText } from './terminal-text.js';
import { renderReport } from './validation.js';
import { renderWhoami } from './whoami.js';

/**
 * The text for standard output.
 *
 * @param vocabulary the names of options and commands
 */
export function renderResult(result: CommandResult, vocabulary: Vocabulary): string {
  // Byte for byte what the Go tool prints: a program reads it.
  if (result.type === 'terraform data') return result.json;
  return linesFor(result, vocabulary)
    .map((line) => `${terminalText(line)}\n`)
    .join('');
}

function linesFor(
  result: Exclude<CommandResult, { type: 'terraform data' }>,
  vocabulary: Vocabulary,
): readonly string[] {
  switch (result.type) {
    case 'plan':
      return renderPlan(result.plan, vocabulary);
    case 'deployment':
      return renderDeployment(result.result, result.siteUrl, vocabulary);
    case 'init':
      return renderInit(result.result, result.server, result.format);
    case 'nothing':
      return [];
    case 'package':
      return renderPackage(result.result, result.format);
    case 'validation':
      return renderReport(result.report, result.format);
    case 'rules':
      return renderRules(result.rules, result.format);
    case 'server apps':
      return renderServerApps(result.apps, result.siteUrl, result.format);
    case 'server app':
      return renderServerApp(result.status, result.format);
    case 'server app change':
      return [renderServerAppChange(result.app)];
    case 'policy':
      return JSON.stringify(result.document, undefined, 2).split('\n');
    case 'clean plan':
      return renderCleanPlan(result.result, result.format);
    case 'clean':
      return renderClean(result.result, result.format);
    case 'apps':
      return renderApps(result.list, result.format);
    case 'status':
      return renderStatus(result.report, result.format);
    case 'pass':
      return [describePass(result.report)];
    case 'bundle plans':
      return renderBundlePlans(result.bundles, vocabulary);
    case 'bundles':
      return renderBundles(result.list, result.source, result.format, vocabulary);
    case 'retried bundles':
      return renderRetriedBundles(result.bundles);
    case 'app test':
      return renderAppTest(result.report, result.format);
    case 'answer':
      return renderAnswer(result.result, result.format);
    case 'log event':
      return renderLogEvent(result.event, result.format);
    case 'whoami':
      return renderWhoami(result.report, result.format);
    case 'rollback':
      return renderRollback(result.result, result.siteUrl, vocabulary);
    case 'removal plan':
      return renderRemovalPlan(result.removal, result.format, vocabulary);
    case 'removal':
      return renderRemoval(result.result, result.format, vocabulary);
    case 'metrics':
    case 'test':
      return result.lines;
  }
}
