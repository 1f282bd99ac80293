import { environmentProblem, tagsProblem } from '../aws/function-limits.js';
import { AppsctlError } from '../diagnostics/error.js';
import { didYouMean } from '../did-you-mean.js';
import { type AppSettings, layer } from './app-settings.js';
import { DEFAULT_PACKAGE_SETTINGS, type FunctionSource, type PackageSettings } from './package-settings.js';
import { fillPlaceholders } from './placeholders.js';
import type { EnvironmentSettings, FunctionSettingsInFile, SettingsFile } from './schema.js';
import { formatPath, type SettingsProblem, settingsError, valueAt } from './settings-error.js';

/** Values that a settings file names, by the name of a variable. */
export type VariableValues = Readonly<Record<string, string | undefined>>;

/**
 * Selects the settings of one environment, and fills in the variables that they name.
 *
 * @param name the name of the file in messages
 * @param environment the name of the environment; undefined for the settings outside `environments`
 * @param variables the values for placeholders such as `${NAME}`; undefined when the values of variables and tags do not
 *   matter: placeholders are then empty
 * @throws AppsctlError INVALID_SETTINGS for an unknown environment, and for variables and tags that AWS Lambda does not
 *   accept; MISSING_VARIABLE naming each variable that is not set and where the file needs it
 */
export function resolveSettings(
  name: string,
  file: SettingsFile,
  environment: string | undefined,
  variables: VariableValues | undefined,
): AppSettings {
  const selected = selectEnvironment(name, file, environment);
  const filler = new Filler(variables, environment, selected);
  const all = filler.fill(layer(file, selected), []);
  const byName = new Map<string, FunctionSettingsInFile>();
  for (const key of new Set([
    ...Object.keys(file.functions ?? {}),
    ...Object.keys(selected.functions ?? {}),
  ])) {
    const own = layer(file.functions?.[key] ?? {}, selected.functions?.[key] ?? {});
    byName.set(key, filler.fill(own, ['functions', key]));
  }
  filler.assertFilled(name);
  return {
    policyName: selected.policy ?? file.policy,
    executionRoleName: selected.executeRole ?? file.executeRole,
    functions: all,
    functionsByName: byName,
    package: toPackageSettings(file),
  };
}

function selectEnvironment(
  name: string,
  { environments = {} }: SettingsFile,
  environment: string | undefined,
): EnvironmentSettings {
  if (environment === undefined) return {};
  const selected = Object.hasOwn(environments, environment) ? environments[environment] : undefined;
  if (selected !== undefined) return selected;
  const known = Object.keys(environments);
  const fix = known.length === 0 ? 'it has no environments' : `it has ${known.join(', ')}`;
  throw new AppsctlError('INVALID_SETTINGS', `${name} has no environment ${JSON.stringify(environment)}`, {
    hint: didYouMean(environment, known, fix),
  });
}

function toPackageSettings({
  manifest,
  static: assets,
  build,
  functions = {},
}: SettingsFile): PackageSettings {
  return {
    manifest: manifest ?? DEFAULT_PACKAGE_SETTINGS.manifest,
    static: assets ?? DEFAULT_PACKAGE_SETTINGS.static,
    build,
    functions: new Map(
      Object.entries(functions).map(([key, { code, archive, exclude, bundle, handler, runtime }]) => {
        const source: FunctionSource = { archive, exclude, bundle, handler, runtime };
        return [key, code === undefined ? source : { ...source, code: new Map(Object.entries(code)) }];
      }),
    ),
  };
}

/** Fills placeholders, and collects what is wrong with variables and tags. */
class Filler {
  private readonly missing: string[] = [];
  private readonly problems: SettingsProblem[] = [];

  constructor(
    private readonly variables: VariableValues | undefined,
    private readonly environment: string | undefined,
    private readonly selected: EnvironmentSettings,
  ) {}

  /** @param path where the settings are in the file, outside of the environment */
  fill(settings: FunctionSettingsInFile, path: readonly string[]): FunctionSettingsInFile {
    const env = this.fillValues(settings.env, [...path, 'env'], environmentProblem);
    const tags = this.fillValues(settings.tags, [...path, 'tags'], tagsProblem);
    return { ...settings, env, tags };
  }

  /** @throws AppsctlError INVALID_SETTINGS, MISSING_VARIABLE */
  assertFilled(name: string): void {
    if (this.problems.length > 0) throw settingsError(name, this.problems);
    const [only] = this.missing.length === 1 ? this.missing : [];
    if (this.missing.length === 0) return;
    const hint = `set them in the environment, or change ${name}`;
    if (only !== undefined) throw new AppsctlError('MISSING_VARIABLE', `${name}: ${only}`, { hint });
    const message = `${name} names ${this.missing.length} environment variables that are not set`;
    throw new AppsctlError('MISSING_VARIABLE', message, { items: this.missing, hint });
  }

  private fillValues(
    values: Readonly<Record<string, string>> | undefined,
    path: readonly string[],
    findProblem: (values: Readonly<Record<string, string>>) => string | undefined,
  ): Record<string, string> | undefined {
    if (values === undefined) return undefined;
    const filled = Object.entries(values).map(([name, text]) => {
      const onMissing = (variable: string): void => {
        if (this.variables === undefined) return;
        this.missing.push(
          `${formatPath(this.place([...path, name]))}: the environment variable ${variable} is not set`,
        );
      };
      return [name, fillPlaceholders(text, this.variables ?? {}, onMissing)];
    });
    const result: Record<string, string> = Object.fromEntries(filled);
    const problem = findProblem(result);
    if (problem !== undefined) this.problems.push({ path: this.place(path), message: problem });
    return result;
  }

  /** The place of a value in the file, which may be in the selected environment. */
  private place(path: readonly string[]): string[] {
    const prefix =
      this.environment === undefined || valueAt(this.selected, path) === undefined
        ? []
        : ['environments', this.environment];
    return [...prefix, ...path];
  }
}
