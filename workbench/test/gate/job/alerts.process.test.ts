import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { loadAll } from 'js-yaml';
import { expect, onTestFinished, test } from 'vitest';
import { findProgram } from '../../../src/find-program.ts';
import { formatMetrics } from '../../../src/gate/job/metrics.ts';
import { shortenAnswer } from '../../../src/gate/job/kept-answer.ts';
import { writeJob } from '../../../src/gate/job/write-job.ts';
import { createAnswer, doubtfulAnswer, missingAnswer } from './answers.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const documents = loadAll(writeJob('cronjob', { name: 'gate', image: 'workbench:1', flags: ['--debt'] })) as {
  readonly kind: string;
  readonly spec?: { readonly groups: readonly { readonly rules: readonly Rule[] }[] };
}[];
const spec = documents.find(({ kind }) => kind === 'PrometheusRule')?.spec;
const rules = spec?.groups.flatMap((group) => group.rules) ?? [];
const promtool = findProgram('promtool', (process.env.PATH ?? '').split(delimiter));
const answeredAt = '2026-11-30T10:00:00Z';

/** The series of an answer, as Prometheus stores them, for two days; its age grows. */
async function describeSeries(answer: object, ageS = 0): Promise<{ series: string; values: string }[]> {
  const { text } = await formatMetrics(shortenAnswer(answer, answeredAt, null), new Date(answeredAt));
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return samples.map((line) => {
    const [name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line)?.slice(1) ?? [];
    const all = ['job="gate-metrics"', 'instance="10.0.0.1:9902"', ...(labels === '' ? [] : [labels])].join(',');
    const isAge = name === 'snoop_gate_answer_age_seconds';
    return { series: `${name}{${all}}`, values: isAge ? `${ageS}+60x2880` : `${value}x2880` };
  });
}

test('alerts ask for metrics that the server shows', async () => {
  const { text } = await formatMetrics(shortenAnswer(missingAnswer, answeredAt, null), new Date(answeredAt));
  const asked = new Set(rules.flatMap(({ expr }) => expr.match(/snoop_\w+/g) ?? []));
  expect([...asked].filter((name) => !text.includes(`# TYPE ${name} gauge`))).toEqual([]);
  for (const { alert, labels, annotations } of rules) {
    expect(labels.severity, alert).toBe('warning');
    expect(Object.keys(annotations)).toEqual(['summary', 'description']);
  }
});

test('each alert fires in its case, and no other', async (context) => {
  if (promtool === null) return context.skip('no promtool on PATH: no alert was seen to fire');
  const folder = await mkdtemp(join(tmpdir(), 'snoop-gate-rules-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'rules.json');
  await writeFile(file, JSON.stringify(spec));
  const cases = [
    { series: await describeSeries(createAnswer()), at: '12h', fires: [] },
    { series: await describeSeries(createAnswer()), at: '20h', fires: ['SnoopGateStopped'] },
    { series: await describeSeries(createAnswer(), -1e6), at: '1h', fires: ['SnoopGateStopped'] },
    { series: [], at: '1h', fires: ['SnoopGateStopped'] },
    { series: await describeSeries(missingAnswer), at: '1h', fires: ['SnoopGateMissing'] },
    { series: await describeSeries(doubtfulAnswer), at: '1h', fires: ['SnoopGateCannotTell'] },
  ].map(({ series, at, fires }) => ({
    interval: '1m',
    input_series: series,
    promql_expr_test: [
      {
        expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
        eval_time: at,
        exp_samples: fires.map((alert) => ({ labels: `{alertname="${alert}"}`, value: 1 })),
      },
    ],
  }));
  const tests = join(folder, 'test.json');
  await writeFile(tests, JSON.stringify({ rule_files: [file], evaluation_interval: '1m', tests: cases }));
  const { stdout } = await promisify(execFile)(promtool, ['test', 'rules', tests]).catch((error) => error);
  expect(stdout).toMatch(/SUCCESS\s*$/);
});
