import type { StatusReport } from '../../core/inventory/status-report.js';
import { describeUnchecked } from '../../core/inventory/unchecked.js';
import { type Format, jsonLines } from './json.js';

/** The lines for a status: each problem, what was not checked, and a summary. */
export function renderStatus(report: StatusReport, format: Format): string[] {
  if (format === 'json') return jsonLines(report, null);
  const { problems, notChecked } = report;
  return [
    ...problems.map(({ app, problem, message }) => {
      if (app !== undefined) return `${app.id} ${app.version}: ${message}`;
      return problem === 'left over' ? `left over: ${message}` : message;
    }),
    ...notChecked.map(describeUnchecked),
    `${renderCounts(report)}: ${renderVerdict(report)}`,
  ];
}

function renderCounts({ versions }: StatusReport): string {
  const functions = versions.reduce((sum, item) => sum + item.functions, 0);
  const apps = new Set(versions.map(({ id }) => id)).size;
  return `${count(apps, 'app')}, ${count(versions.length, 'version')}, ${count(functions, 'function')}`;
}

function renderVerdict({ ok, problems, notChecked }: StatusReport): string {
  const leftovers = problems.filter(({ problem }) => problem === 'left over').length;
  const found = [
    ...(problems.length > leftovers ? [count(problems.length - leftovers, 'problem')] : []),
    ...(leftovers > 0 ? [`${leftovers.toLocaleString('en-US')} left over`] : []),
  ];
  if (found.length > 0) return found.join(', ');
  if (!ok) return 'not everything could be checked';
  return notChecked.length > 0 ? 'all right, as far as it was checked' : 'all right';
}

function count(number: number, what: string): string {
  return `${number.toLocaleString('en-US')} ${what}${number === 1 ? '' : 's'}`;
}
