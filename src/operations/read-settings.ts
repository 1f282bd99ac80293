import { join } from 'node:path';
import { readRegularFile } from '../bundle/read-regular-file.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import { fileProblem, isAbsent } from '../core/diagnostics/fs-error.js';
import type { AppSettings } from '../core/settings/app-settings.js';
import type { VariableValues } from '../core/settings/resolve-settings.js';
import { SETTINGS_FILE } from '../core/settings/settings-file.js';
import { MIB } from '../core/units.js';

/** Which settings of an app to use. */
export interface SettingsRequest {
  /** The path of the settings file. @default appsctl.json in the folder of the app, if it exists */
  readonly config?: string | undefined;
  /** The environment to select in the file. @default none */
  readonly environment?: string | undefined;
  /** The values of variables that the file names; undefined when they do not matter. */
  readonly variables?: VariableValues | undefined;
}

/**
 * Reads the settings file of an app.
 *
 * @param folder the folder of the app; undefined for a bundle, which has only the settings file that is named
 * @returns the settings; undefined when there is no file
 * @throws AppsctlError USAGE for a file that cannot be read, and for an environment without a file; INVALID_SETTINGS and
 *   MISSING_VARIABLE for its content
 */
export async function readSettings(
  folder: string | undefined,
  { config, environment, variables }: SettingsRequest,
): Promise<AppSettings | undefined> {
  const file = config ?? (folder === undefined ? undefined : join(folder, SETTINGS_FILE));
  const bytes = file === undefined ? undefined : read(file, config !== undefined);
  if (file === undefined || bytes === undefined) {
    if (environment === undefined) return undefined;
    const message = `there is no ${SETTINGS_FILE} that could have the environment ${JSON.stringify(environment)}`;
    throw new AppsctlError('USAGE', message, {
      hint: ({ config: option }) => `name the file with ${option}`,
    });
  }
  // Loaded here, because the schema is only needed if there is a file.
  const [{ parseSettings }, { resolveSettings }] = await Promise.all([
    import('../core/settings/parse-settings.js'),
    import('../core/settings/resolve-settings.js'),
  ]);
  return resolveSettings(file, parseSettings(file, bytes), environment, variables);
}

/** Far more than a file for the largest app has. */
const MAX_BYTES = MIB;

function read(file: string, mustExist: boolean): Buffer | undefined {
  try {
    return readRegularFile(file, MAX_BYTES);
  } catch (error) {
    // If the folder is missing or not one, what reads the app says so.
    if (!mustExist && isAbsent(error)) return undefined;
    throw new AppsctlError('USAGE', `cannot read the settings file ${file}: ${fileProblem(error)}`, {
      cause: error,
    });
  }
}
