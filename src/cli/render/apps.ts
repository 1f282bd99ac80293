import type { AppList } from '../../api/list-apps.js';
import type { RuntimeEnd } from '../../core/aws/runtimes.js';
import type { AppFunction, AppOnServer, AppVersion } from '../../core/inventory/app-version.js';
import { formatBytes } from '../../core/units.js';
import { type Format, jsonLines } from './json.js';
import { renderTable } from './table.js';

const COLUMNS = [
  'app',
  'version',
  'function',
  'state',
  'runtime',
  'ends',
  'memory',
  'timeout',
  'arch',
  'size',
  'changed',
];
/** The columns of numbers. */
const NUMERIC = [6, 7, 9];
const SERVER_COLUMNS = ['listed', 'installed'];
/** Stands for what does not exist or is not known. */
const NONE = '-';

/** The lines for the apps that are deployed: a table with a line for each function. */
export function renderApps(list: AppList, format: Format): string[] {
  const { versions } = list;
  if (format === 'json') return jsonLines({ ...list, versions: versions.map(toJson) }, null);
  if (versions.length === 0) return ['no apps are deployed'];
  const hasServer = versions.some(({ server }) => server !== undefined);
  const shown = new Set(versions.map(({ id, version }) => `${id} ${version}`));
  const rows = versions.flatMap((item, index) => {
    const isLatest = item.id !== versions[index - 1]?.id;
    const isOnlyHere = (version: string): boolean => isLatest && !shown.has(`${item.id} ${version}`);
    const more = hasServer ? serverCells(item, isOnlyHere) : [];
    const functions = item.functions.map((fn) => [fn.name, ...functionCells(fn)]);
    const cells = functions.length > 0 ? functions : [Array<string>(COLUMNS.length - 2).fill(NONE)];
    return cells.map((row) => [item.id, item.version || NONE, ...row, ...more]);
  });
  return renderTable([hasServer ? [...COLUMNS, ...SERVER_COLUMNS] : COLUMNS, ...rows], NUMERIC);
}

function functionCells({ status, aws, runtime }: AppFunction): string[] {
  if (aws === undefined) {
    return [status === 'missing' ? 'missing' : 'not checked', runtime, ...Array(6).fill(NONE)];
  }
  const { state, runtimeEnd, memory, timeout, architecture, codeSize, lastModified } = aws;
  return [
    ...[
      aws.updateFailure === undefined ? state : `${state}, update failed`,
      aws.runtime,
      renderEnd(runtimeEnd),
    ],
    ...[`${memory} MB`, `${timeout} s`, architecture, formatBytes(codeSize)],
    lastModified.slice(0, 'YYYY-MM-DDTHH:MM'.length).replace('T', ' '),
  ];
}

/** The day from which functions with a runtime can no longer be created. */
function renderEnd(end: RuntimeEnd | undefined): string {
  if (end?.isOver === true) return 'ended';
  return end?.createBlocked ?? NONE;
}

/** @param isOnlyHere whether another version that the server has is to be named in this line, because it has none */
function serverCells({ version, server }: AppVersion, isOnlyHere: (version: string) => boolean): string[] {
  const { listedVersion, installedVersion, isDisabled = false } = server ?? {};
  const cell = (other: string | undefined, same: string): string => {
    if (other === version) return same;
    return other !== undefined && isOnlyHere(other) ? other || 'unnumbered' : NONE;
  };
  return [cell(listedVersion, 'yes'), cell(installedVersion, isDisabled ? 'disabled' : 'yes')];
}

function toJson({ functions, assets, icon, server, ...version }: AppVersion): object {
  return {
    ...version,
    functions: functions.map(functionJson),
    assets,
    icon,
    server: server && serverJson(server),
  };
}

function functionJson({ aws, ...item }: AppFunction): object {
  if (aws === undefined) return { ...item, aws };
  const { isUpdating: updating, runtimeEnd, ...fields } = aws;
  return { ...item, aws: { ...fields, updating, runtimeEnd: runtimeEnd && endJson(runtimeEnd) } };
}

function endJson({ isOver: over, ...days }: RuntimeEnd): object {
  return { ...days, over };
}

function serverJson({ isDisabled: disabled, ...versions }: AppOnServer): object {
  return { ...versions, disabled };
}
