import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadYaml } from '@kubernetes/client-node';
import { readPostgresUrl } from '@snoop/snoopdb/test-database';
import { describe, expect, onTestFinished, test } from 'vitest';
import { manifestsFolder } from './manifests/overlays.ts';
import { findProgram, runProgram } from './manifests/programs.ts';
import { launchAuditlogger } from './tools/auditlogger-process.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}

const folder = join(manifestsFolder, 'components/monitoring');
const { spec }: { spec: { groups: readonly { rules: readonly Rule[] }[] } } = loadYaml(
  await readFile(join(folder, 'alerts.yaml'), 'utf8'),
);
const rules = spec.groups.flatMap((group) => group.rules);
const dashboard: { uid: string; panels: readonly Panel[] } = JSON.parse(
  await readFile(join(folder, 'auditlogger.json'), 'utf8'),
);
const promtool = findProgram('promtool');

/** Of Prometheus itself, and of every kubelet. */
const foreignMetrics = ['up', 'kubelet_volume_stats_available_bytes', 'kubelet_volume_stats_capacity_bytes'];
const words = new Set([
  ...['sum', 'min', 'max', 'count', 'by', 'rate', 'increase', 'absent', 'vector', 'or', 'histogram_quantile'],
  ...['le', 'code', 'pod'],
]);

/** The metrics that an expression asks for. */
function listMetrics(expr: string): string[] {
  const bare = expr.replace(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"/g, ' ');
  return [...bare.matchAll(/[a-z_][\w:]*/gi)].map(([name]) => name).filter((name) => !words.has(name));
}

describe('names', () => {
  test('a running auditlogger has every metric of the alerts and the dashboard', async () => {
    const auditlogger = await launchAuditlogger(readPostgresUrl());
    onTestFinished(() => auditlogger.kill());
    const text = await (await fetch(`${auditlogger.url}/metrics`)).text();
    const shown = new Set([...text.matchAll(/^([a-z_]\w*)/gim)].map(([, name]) => name));
    const asked = [...rules.map(({ expr }) => expr), ...dashboard.panels.flatMap(listExpressions)].flatMap(listMetrics);
    expect(new Set(asked).size).toBeGreaterThan(15);
    expect([...new Set(asked)].filter((name) => !shown.has(name) && !foreignMetrics.includes(name))).toEqual([]);
    // The other way round: what it shows of itself is looked at by somebody.
    const own = [...text.matchAll(/^# TYPE (snoop_\w+)/gm)].map(([, name = '']) => name);
    expect(own.filter((name) => !asked.some((one) => one.startsWith(name)))).toEqual([]);
  });

  test('alerts have a unique name, a severity and advice', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, labels, annotations } of rules) {
      expect.soft(labels.severity, alert).toMatch(/^(warning|critical)$/);
      expect.soft(annotations.summary, alert).toMatch(/\.$/);
      expect.soft(annotations.description, alert).toMatch(/\.$/);
    }
  });

  test('panels of the dashboard do not overlap', () => {
    const cells = dashboard.panels.flatMap(listCells);
    expect(new Set(cells).size).toBe(cells.length);
  });
});

function listExpressions({ targets }: Panel): string[] {
  return targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m').replaceAll('$__range', '1h'));
}

function listCells(panel: Panel & { gridPos?: { x: number; y: number; w: number; h: number } }): string[] {
  const { x, y, w, h } = panel.gridPos ?? { x: 0, y: 0, w: 0, h: 0 };
  return Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`);
}

/** Alerts that fire, of figures that are made up: how it is while all is well, and what goes wrong. */
const perMinute = '1m';
const well: Readonly<Record<string, string>> = {
  'up{job="auditlogger",pod="a"}': '1x60',
  'up{job="auditlogger",pod="b"}': '1x60',
  'snoop_auditlogger_events_received_total{job="auditlogger",pod="a"}': '0+6000x60',
  'snoop_auditlogger_events_rejected_total{job="auditlogger",pod="a"}': '0x60',
  'snoop_auditlogger_bodies_rejected_total{job="auditlogger",pod="a"}': '0x60',
  'snoop_auditlogger_answers_total{job="auditlogger",pod="a",code="200"}': '0+60x60',
  'snoop_auditlogger_answers_total{job="auditlogger",pod="a",code="401"}': '0x60',
  'snoop_auditlogger_answers_total{job="auditlogger",pod="a",code="429"}': '0x60',
  'snoop_auditlogger_answers_total{job="auditlogger",pod="a",code="503"}': '0x60',
  'snoop_auditlogger_event_lag_seconds_bucket{job="auditlogger",pod="a",le="0.5"}': '0+6000x60',
  'snoop_auditlogger_event_lag_seconds_bucket{job="auditlogger",pod="a",le="120"}': '0+6000x60',
  'snoop_auditlogger_event_lag_seconds_bucket{job="auditlogger",pod="a",le="+Inf"}': '0+6000x60',
  'snoop_auditlogger_database_ready{job="auditlogger",pod="a"}': '1x60',
  'snoop_auditlogger_queue_bytes{job="auditlogger",pod="a"}': '1000000x60',
  'snoop_auditlogger_spool_bytes{job="auditlogger",pod="a"}': '0x60',
  'snoop_auditlogger_spool_bodies{job="auditlogger",pod="a"}': '0x60',
  'snoop_auditlogger_spool_broken_total{job="auditlogger",pod="a"}': '0x60',
  'snoop_auditlogger_named_sources{job="auditlogger",pod="a"}': '3x60',
  'snoop_auditlogger_named_sources_limit{job="auditlogger",pod="a"}': '64x60',
  'snoop_auditlogger_named_hits{job="auditlogger",pod="a"}': '1000x60',
  'snoop_auditlogger_named_hits_limit{job="auditlogger",pod="a"}': '1000000x60',
  'process_resident_memory_bytes{job="auditlogger",pod="a"}': `${280 * 1024 ** 2}x60`,
  'kubelet_volume_stats_available_bytes{namespace="snoop",persistentvolumeclaim="workbench"}': '50x60',
  'kubelet_volume_stats_capacity_bytes{namespace="snoop",persistentvolumeclaim="workbench"}': '100x60',
};

const pod = 'job="auditlogger",pod="a"';
const wrongs: readonly [alert: string, series: Readonly<Record<string, string>>][] = [
  ['AuditloggerDown', { [`up{${pod}}`]: '0x60', 'up{job="auditlogger",pod="b"}': '0x60' }],
  ['AuditloggerOnce', { 'up{job="auditlogger",pod="b"}': '0x60' }],
  ['AuditloggerNoEvents', { [`snoop_auditlogger_events_received_total{${pod}}`]: '5000x60' }],
  ['AuditloggerLag', { [`snoop_auditlogger_event_lag_seconds_bucket{${pod},le="0.5"}`]: '0+100x60' }],
  ['AuditloggerRejectsEvents', { [`snoop_auditlogger_events_rejected_total{${pod}}`]: '0+1x60' }],
  ['AuditloggerRejectsBodies', { [`snoop_auditlogger_bodies_rejected_total{${pod}}`]: '0+1x60' }],
  ['AuditloggerUnknownSenders', { [`snoop_auditlogger_answers_total{${pod},code="401"}`]: '0+1x60' }],
  ['AuditloggerServerErrors', { [`snoop_auditlogger_answers_total{${pod},code="503"}`]: '0+6x60' }],
  ['AuditloggerDatabaseAway', { [`snoop_auditlogger_database_ready{${pod}}`]: '0x60' }],
  ['AuditloggerQueueFull', { [`snoop_auditlogger_queue_bytes{${pod}}`]: `${21 * 1024 ** 2}x60` }],
  ['AuditloggerQueueRefuses', { [`snoop_auditlogger_answers_total{${pod},code="429"}`]: '0+60x60' }],
  ['AuditloggerSpoolFull', { [`snoop_auditlogger_spool_bytes{${pod}}`]: `${900 * 1024 ** 2}x60` }],
  ['AuditloggerSpoolWaits', { [`snoop_auditlogger_spool_bodies{${pod}}`]: '3x60' }],
  ['AuditloggerSpoolBroken', { [`snoop_auditlogger_spool_broken_total{${pod}}`]: '0+1x60' }],
  ['AuditloggerMemory', { [`process_resident_memory_bytes{${pod}}`]: `${500 * 1024 ** 2}x60` }],
  ['AuditloggerSourcesFull', { [`snoop_auditlogger_named_sources{${pod}}`]: '64x60' }],
  ['AuditloggerHitsFull', { [`snoop_auditlogger_named_hits{${pod}}`]: '950000x60' }],
  [
    'SnoopDiskFull',
    { 'kubelet_volume_stats_available_bytes{namespace="snoop",persistentvolumeclaim="workbench"}': '5x60' },
  ],
];

describe('alerts in Prometheus', () => {
  test('parses the rules and the expressions of the dashboard', async (context) => {
    if (promtool === null) return context.skip('no promtool on PATH: nobody read the alert rules');
    const expressions = dashboard.panels
      .flatMap(listExpressions)
      .map((expr, index) => ({ record: `panel:${index}`, expr }));
    const file = await writeRules({ groups: [...spec.groups, { name: 'dashboard', rules: expressions }] });
    const { exitCode, stdout, stderr } = await runProgram(promtool, ['check', 'rules', file]);
    expect(stderr).toBe('');
    expect(stdout).toContain(`${rules.length + expressions.length} rules found`);
    expect(exitCode).toBe(0);
  });

  test('there is a case for every alert', () => {
    expect(wrongs.map(([alert]) => alert).sort()).toEqual(rules.map(({ alert }) => alert).sort());
  });

  test('no alert fires normally; each fires in its case, and no other', async (context) => {
    if (promtool === null) return context.skip('no promtool on PATH: no alert was seen to fire');
    const file = await writeRules(spec);
    const cases = [null, ...wrongs].map((wrong) => ({
      interval: perMinute,
      input_series: Object.entries({ ...well, ...wrong?.[1] }).map(([series, values]) => ({ series, values })),
      // An expression on what Prometheus keeps of alerts says which fire, whatever they say and are labelled.
      promql_expr_test: [
        {
          expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
          eval_time: '50m',
          exp_samples: wrong === null ? [] : [{ labels: `{alertname="${wrong[0]}"}`, value: 1 }],
        },
      ],
    }));
    const test = file.replace('rules.json', 'test.json');
    await writeFile(test, JSON.stringify({ rule_files: [file], evaluation_interval: perMinute, tests: cases }));
    const { exitCode, stdout, stderr } = await runProgram(promtool, ['test', 'rules', test]);
    expect(`${stdout}${stderr}`).toMatch(/SUCCESS\s*$/);
    expect(exitCode).toBe(0);
  });
});

/** JSON is YAML. */
async function writeRules(content: unknown): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'snoop-rules-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  const file = join(made, 'rules.json');
  await writeFile(file, JSON.stringify(content));
  return file;
}
