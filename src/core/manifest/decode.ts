import type { Findings } from '../diagnostics/findings.js';
import { foldKey } from '../json/go-decode.js';
import type { JsonObject, JsonValue } from '../json/strict-json.js';
import {
  CALL_FIELDS,
  type Call,
  type CallField,
  EXPAND_FIELDS,
  MANIFEST_FIELDS,
  type Manifest,
} from './manifest.js';
import type { UnknownField } from './manifest-source.js';

/**
 * Decodes a manifest as Go's encoding/json decodes it into the types of the server: keys are case-insensitive, unknown
 * keys are ignored, null means absent. Keys that differ only in case are an error here; Go accepts them silently.
 *
 * @param root the parsed manifest.json
 * @param findings collects wrong types and ambiguous keys
 * @param unknownFields collects the keys that are ignored
 * @returns the manifest, where values of a wrong type are empty; undefined when the root is not an object
 */
export function decodeManifest(
  root: JsonValue,
  findings: Findings,
  unknownFields: UnknownField[] = [],
): Manifest | undefined {
  if (!(root instanceof Map)) {
    findings.error('manifest/type', 'manifest.json', `must be a JSON object, not ${describeType(root)}`);
    return undefined;
  }
  const fields = new Fields(root, '', MANIFEST_FIELDS, findings, unknownFields);
  const lambda = fields.section('aws_lambda', LAMBDA_ARRAY_FIX, ['functions']);
  const http = fields.section('http', undefined, ['root_url', 'use_jwt']);
  const openFaas = fields.section('open_faas', undefined, ['functions']);
  const plugin = fields.section('plugin', undefined, ['plugin_id']);
  const calls = new Map<CallField, Call>();
  for (const field of CALL_FIELDS) {
    const call = fields.call(field);
    if (call !== undefined) calls.set(field, call);
  }
  return {
    SchemaVersion: fields.string('SchemaVersion'),
    app_id: fields.string('app_id'),
    version: fields.string('version'),
    homepage_url: fields.string('homepage_url'),
    display_name: fields.string('display_name'),
    description: fields.string('description'),
    icon: fields.string('icon'),
    calls,
    requested_permissions: fields.strings('requested_permissions'),
    remote_webhook_auth_type: fields.string('remote_webhook_auth_type'),
    requested_locations: fields.strings('requested_locations'),
    aws_lambda: lambda && {
      functions: lambda.objects('functions', ['path', 'name', 'handler', 'runtime']).map((item) => ({
        path: item.string('path'),
        name: item.string('name'),
        handler: item.string('handler'),
        runtime: item.string('runtime'),
      })),
    },
    http: http && { root_url: http.string('root_url'), use_jwt: http.boolean('use_jwt') },
    open_faas: openFaas && {
      functions: openFaas
        .objects('functions', ['path', 'name'])
        .map((item) => ({ path: item.string('path'), name: item.string('name') })),
    },
    plugin: plugin && { plugin_id: plugin.string('plugin_id') },
  };
}

const LAMBDA_ARRAY_FIX = 'write "aws_lambda": {"functions": [ … ]}: a list was the format before version 1.0';

/** The known fields of a JSON object, by the rules of Go. */
class Fields {
  private readonly values = new Map<string, JsonValue>();

  constructor(
    object: JsonObject,
    private readonly at: string,
    known: readonly string[],
    private readonly findings: Findings,
    private readonly unknownFields: UnknownField[],
  ) {
    const names = new Map(known.map((name) => [foldKey(name), name]));
    const spelled = new Map<string, string>();
    for (const [key, value] of object) {
      const name = names.get(foldKey(key));
      if (name === undefined) {
        unknownFields.push({ parent: at, key, known });
        continue;
      }
      const earlier = spelled.get(name);
      if (earlier !== undefined) {
        const message = `appears twice, as ${JSON.stringify(earlier)} and ${JSON.stringify(key)}`;
        findings.error('manifest/duplicate-key', this.location(name), message, 'remove one of them');
      }
      spelled.set(name, key);
      if (value !== null) this.values.set(name, value);
    }
  }

  string(name: string): string {
    return this.typed(name, 'string') ?? '';
  }

  boolean(name: string): boolean {
    return this.typed(name, 'boolean') ?? false;
  }

  strings(name: string): string[] {
    return this.list(name).map((item, index) => {
      if (typeof item === 'string' || item === null) return item ?? '';
      this.reportType(`${this.location(name)}[${index}]`, 'a string', item);
      return '';
    });
  }

  objects(name: string, known: readonly string[]): Fields[] {
    return this.list(name).map((item, index) => {
      const at = `${this.location(name)}[${index}]`;
      if (item !== null && !(item instanceof Map)) this.reportType(at, 'an object', item);
      return new Fields(item instanceof Map ? item : new Map(), at, known, this.findings, this.unknownFields);
    });
  }

  section(name: string, fix: string | undefined, known: readonly string[]): Fields | undefined {
    const value = this.values.get(name);
    if (value === undefined) return undefined;
    if (!(value instanceof Map)) {
      this.reportType(this.location(name), 'an object', value, Array.isArray(value) ? fix : undefined);
      return undefined;
    }
    return new Fields(value, this.location(name), known, this.findings, this.unknownFields);
  }

  call(name: string): Call | undefined {
    const value = this.values.get(name);
    if (value === undefined) return undefined;
    if (typeof value === 'string') return { path: value, expand: undefined, state: null };
    if (!(value instanceof Map)) {
      this.reportType(this.location(name), 'a call object or a path', value);
      return undefined;
    }
    const known = ['path', 'expand', 'state'];
    const fields = new Fields(value, this.location(name), known, this.findings, this.unknownFields);
    const expand = fields.section('expand', undefined, EXPAND_FIELDS);
    const state = fields.values.get('state') ?? null;
    if (hasInfinity(state)) {
      const message = 'contains a number that is too large for a double';
      this.findings.error('manifest/type', fields.location('state'), message, 'write it as a string');
    }
    return {
      path: fields.string('path'),
      expand: expand && new Map(EXPAND_FIELDS.map((field) => [field, expand.string(field)])),
      state,
    };
  }

  private list(name: string): JsonValue[] {
    const value = this.values.get(name);
    if (value === undefined || Array.isArray(value)) return value ?? [];
    this.reportType(this.location(name), 'a list', value);
    return [];
  }

  private typed(name: string, type: 'string'): string | undefined;
  private typed(name: string, type: 'boolean'): boolean | undefined;
  private typed(name: string, type: 'string' | 'boolean'): JsonValue | undefined {
    const value = this.values.get(name);
    if (value === undefined || typeof value === type) return value;
    this.reportType(this.location(name), type === 'string' ? 'a string' : 'true or false', value);
    return undefined;
  }

  private location(name: string): string {
    return this.at === '' ? name : `${this.at}.${name}`;
  }

  private reportType(location: string, expected: string, value: JsonValue, fix?: string): void {
    this.findings.error('manifest/type', location, `must be ${expected}, not ${describeType(value)}`, fix);
  }
}

/** Whether a value contains a number that is too large for a double. Iterative, as values may be nested deeply. */
function hasInfinity(value: JsonValue): boolean {
  const stack: JsonValue[] = [value];
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    if (typeof item === 'number' && !Number.isFinite(item)) return true;
    if (Array.isArray(item) || item instanceof Map) for (const inner of item.values()) stack.push(inner);
  }
  return false;
}

function describeType(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'an object';
  return `a ${typeof value}`;
}
