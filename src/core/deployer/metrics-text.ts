import { METRICS, type MetricName, type Sample } from './metrics.js';

/**
 * The text format of Prometheus. prom-client would bring three more packages for it, and cannot read what it has written.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */

export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Formats samples, by metric in the order of the table. */
export function formatMetrics(samples: readonly Sample[]): string {
  const lines = Object.entries(METRICS).flatMap(([name, { type, help }]) => {
    const own = samples.filter((sample) => sample.name === name);
    if (own.length === 0) return [];
    return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...own.map(formatSample)];
  });
  return lines.map((line) => `${line}\n`).join('');
}

function formatSample({ name, labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}{${pairs.join(',')}} ${value}`;
}

const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };
const UNESCAPED: Readonly<Record<string, string>> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' };

function escapeLabel(text: string): string {
  return text.replace(/[\\"\n]/g, (character) => ESCAPED[character] ?? character);
}

const SAMPLE = /^([a-z_]+)\{((?:[a-z]+="(?:[^"\\\n]|\\.)*",?)*)\} (\S+)$/;

/** Reads what {@link formatMetrics} has written. Lines of anything else are left out. */
export function parseMetrics(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name = '', pairs = '', value = ''] = SAMPLE.exec(line) ?? [];
    if (!isMetric(name) || !Number.isFinite(Number(value))) return [];
    const labels = [...pairs.matchAll(/([a-z]+)="((?:[^"\\]|\\.)*)"/g)].map(
      ([, label = '', escaped = '']) => [label, escaped.replace(/\\./g, (pair) => UNESCAPED[pair] ?? pair)],
    );
    return [{ name, labels: Object.fromEntries(labels), value: Number(value) }];
  });
}

function isMetric(name: string): name is MetricName {
  return Object.hasOwn(METRICS, name);
}
