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

/**
 * Decodes a JSON value as Go's encoding/json decodes it into the server's types: keys match without regard to
 * case, unknown keys are ignored, null means absent. What Go resolves in silence is an error here: two keys
 * that differ only in case.
 *
 * @param root the parsed manifest.json
 * @param findings takes every wrong type and ambiguous key, with its location
 * @returns the manifest, with wrong values left empty; undefined when the root is no object
 */
export function decodeManifest(root: JsonValue, findings: Findings): Manifest | undefined {
  if (!(root instanceof Map)) {
    findings.error('manifest.json', `must hold a JSON object, not ${describeType(root)}`);
    return undefined;
  }
  const fields = new Fields(root, '', MANIFEST_FIELDS, findings);
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

const LAMBDA_ARRAY_FIX = 'write "aws_lambda": {"functions": [ … ]}; the bare list is the form of before 1.0';

/** The known fields of one JSON object, found as Go finds them. */
class Fields {
  private readonly values = new Map<string, JsonValue>();

  constructor(
    object: JsonObject,
    private readonly at: string,
    known: readonly string[],
    private readonly findings: Findings,
  ) {
    const names = new Map(known.map((name) => [foldKey(name), name]));
    const spelled = new Map<string, string>();
    for (const [key, value] of object) {
      const name = names.get(foldKey(key));
      if (name === undefined) continue;
      const earlier = spelled.get(name);
      if (earlier !== undefined) {
        const both = `${JSON.stringify(earlier)} and ${JSON.stringify(key)}`;
        findings.error(this.location(name), `stands twice, as ${both}`, 'keep one of the two');
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
      return new Fields(item instanceof Map ? item : new Map(), at, known, this.findings);
    });
  }

  section(name: string, fix: string | undefined, known: readonly string[]): Fields | undefined {
    const value = this.values.get(name);
    if (value === undefined) return undefined;
    if (!(value instanceof Map)) {
      this.reportType(this.location(name), 'an object', value, Array.isArray(value) ? fix : undefined);
      return undefined;
    }
    return new Fields(value, this.location(name), known, this.findings);
  }

  call(name: string): Call | undefined {
    const value = this.values.get(name);
    if (value === undefined) return undefined;
    if (typeof value === 'string') return { path: value, expand: undefined, state: null };
    if (!(value instanceof Map)) {
      this.reportType(this.location(name), 'a call object or its path', value);
      return undefined;
    }
    const fields = new Fields(value, this.location(name), ['path', 'expand', 'state'], this.findings);
    const expand = fields.section('expand', undefined, EXPAND_FIELDS);
    const state = fields.values.get('state') ?? null;
    if (hasInfinity(state)) {
      const location = fields.location('state');
      this.findings.error(location, 'has a number that no double can hold', 'write it as a string');
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

  private reportType(location: string, wanted: string, value: JsonValue, fix?: string): void {
    this.findings.error(location, `must be ${wanted}, not ${describeType(value)}`, fix);
  }
}

/** Whether a number beyond a double stands anywhere in a value, however deep. */
function hasInfinity(value: JsonValue): boolean {
  const rest: JsonValue[] = [value];
  for (let item = rest.pop(); item !== undefined; item = rest.pop()) {
    if (typeof item === 'number' && !Number.isFinite(item)) return true;
    if (Array.isArray(item) || item instanceof Map) for (const inner of item.values()) rest.push(inner);
  }
  return false;
}

function describeType(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'an object';
  return `a ${typeof value}`;
}
