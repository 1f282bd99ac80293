import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { METRICS } from '../../src/core/deployer/metrics.js';
import { tempFolder } from '../support/temp-folder.js';
import { isInstalled, parseYaml, ROOT } from './kubernetes.js';

const exec = promisify(execFile);

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}
interface Rules {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
}
interface Panel {
  readonly id: number;
  readonly title: string;
  readonly description: string;
  readonly datasource: unknown;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly {
    readonly refId: string;
    readonly datasource: unknown;
    readonly expr: string;
    readonly legendFormat: string;
  }[];
}
interface Dashboard {
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
  readonly panels: readonly Panel[];
}

const RULES = join(ROOT, 'deploy/prometheus/rules.yaml');
const RULES_TEST = join(ROOT, 'deploy/prometheus/rules.test.yaml');
const [{ groups } = { groups: [] }] = parseYaml<Rules>(await readFile(RULES, 'utf8'));
const rules = groups.flatMap((group) => group.rules);
const dashboard: Dashboard = JSON.parse(await readFile(join(ROOT, 'deploy/grafana/deployer.json'), 'utf8'));
const targets = dashboard.panels.flatMap((panel) => panel.targets);
const variables = dashboard.templating.list;

/** The expressions of rules and panels, with the labels that are used beside them. */
const expressions = [
  ...rules.map(({ alert, expr, annotations }) => ({ name: alert, expr, texts: Object.values(annotations) })),
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr, legendFormat }) => ({ name: title, expr, texts: [legendFormat] })),
  ),
];
const labelsOf = new Map(
  Object.entries(METRICS).map(([name, { labels }]) => [
    name,
    ['environment', ...labels] as readonly string[],
  ]),
);

function metricsIn(text: string): string[] {
  return text.match(/\bappsctl_\w+/g) ?? [];
}

/** The labels that an expression selects or groups by, and those that texts show. */
function labelsIn(expr: string, texts: readonly string[]): string[] {
  const matched = [...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, matchers = '']) =>
    [...matchers.matchAll(/(\w+)!?=/g)].map(([, name = '']) => name),
  );
  const grouped = [...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, names = '']) =>
    names.split(', '),
  );
  const shown = texts.flatMap((text) =>
    [...text.matchAll(/\{\{(?: \$labels\.)?(\w+) ?\}\}/g)].map(([, name = '']) => name),
  );
  return [...matched, ...grouped, ...shown];
}

test.each(expressions)('$name uses metrics and labels of the deployer: $expr', ({ expr, texts }) => {
  const metrics = metricsIn(expr);
  expect(metrics).not.toEqual([]);
  expect([...labelsOf.keys()]).toEqual(expect.arrayContaining(metrics));
  const known = metrics.flatMap((name) => labelsOf.get(name) ?? []);
  expect(known).toEqual(expect.arrayContaining(labelsIn(expr, texts)));
});

test('rules and dashboard use every metric of the deployer', () => {
  const used = expressions.flatMap(({ expr }) => metricsIn(expr));
  expect(used).toEqual(expect.arrayContaining([...labelsOf.keys()]));
});

describe('the rules', () => {
  test.each(rules)('$alert says what is wrong, how bad it is and what to do', (rule) => {
    expect(rule).toEqual({
      alert: expect.stringMatching(/^AppsctlDeployer[A-Z]\w+$/),
      expr: expect.any(String),
      for: expect.stringMatching(/^\d+[mh]$/),
      labels: { severity: expect.stringMatching(/^(?:critical|warning)$/) },
      annotations: {
        summary: expect.stringMatching(/[^.]$/),
        description: expect.stringMatching(/[.]$/),
      },
    });
  });

  test('have a test each', async () => {
    const text = await readFile(RULES_TEST, 'utf8');
    expect(rules.map(({ alert }) => alert).filter((alert) => !text.includes(alert))).toEqual([]);
  });

  test('are those of the guide', async () => {
    const guide = await readFile(join(ROOT, 'docs/deployer.md'), 'utf8');
    const rows = [...guide.matchAll(/^\| `(Appsctl\w+)` \| (\w+) /gm)].map(([, alert, severity]) => ({
      alert,
      severity,
    }));
    expect(rows).toEqual(rules.map(({ alert, labels: { severity } }) => ({ alert, severity })));
  });
});

describe('the dashboard', () => {
  test('has a data source and environments to choose from', () => {
    expect(variables.map(({ name }) => name)).toEqual(['datasource', 'environment']);
    for (const { definition = '' } of variables) {
      expect([...labelsOf.keys()]).toEqual(expect.arrayContaining(metricsIn(definition)));
    }
    // The last one that Grafana has: later changes are versions of panels.
    expect(dashboard.schemaVersion).toBe(42);
    expect(dashboard).not.toHaveProperty('id');
  });

  test.each(dashboard.panels)('panel $title uses them', (panel) => {
    const datasource = { type: 'prometheus', uid: '${datasource}' };
    expect(panel.datasource).toEqual(datasource);
    for (const target of panel.targets) {
      expect(target.datasource).toEqual(datasource);
      const selectors = target.expr.match(/appsctl_\w+\{environment=~"\$environment"/g);
      expect(selectors).toHaveLength(metricsIn(target.expr).length);
    }
    expect(panel.description).not.toBe('');
  });

  test('has panels beside each other, and no ID twice', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { targets } of panels)
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
  });
});

const promtool = process.env['PROMTOOL'] ?? 'promtool';
describe.skipIf(!(await isInstalled(promtool, '--version')))('promtool', () => {
  test('accepts the rules, and fires them as their tests say', async () => {
    await exec(promtool, ['check', 'rules', RULES]);
    await exec(promtool, ['test', 'rules', RULES_TEST]);
  });

  test('can read the expressions of the dashboard', async () => {
    const folder = await tempFolder();
    const file = join(folder, 'dashboard.json');
    const recorded = targets.map(({ expr }, index) => ({ record: `panel:${index}`, expr }));
    await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: recorded }] }));
    await exec(promtool, ['check', 'rules', file]);
  });
});
