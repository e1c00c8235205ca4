import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createMetrics, sharedMs, type StoredFigures } from '../src/metrics.ts';
import { makeBody } from './support/body.ts';
import { makeDatabase } from './support/database.ts';
import { startProgram } from './support/program.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the README lists every metric, and no other', async () => {
  const { url } = await makeDatabase();
  const program = await startProgram(url);
  const answer = await fetch(`${program.url}/metrics`);
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const shown = [...(await answer.text()).matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name ?? '');
  const own = shown.filter((name) => name.startsWith('snoop_auditlogger_'));
  const section = /^## Metrics$(.*?)^## /ms.exec(readme)?.[1] ?? '';
  const named = [...section.matchAll(/^\| `(snoop_auditlogger_\w+)/gm)].map(([, name]) => name);
  expect(named.sort()).toEqual(own.sort());
  expect(shown.filter((name) => !/^(snoop_auditlogger|process|nodejs)_/.test(name))).toEqual([]);
});

test('counts what it accepts, answers and refuses', async () => {
  const { url } = await makeDatabase();
  const program = await startProgram(url);
  await vi.waitFor(async () => expect((await fetch(`${program.url}/readyz`)).status).toBe(200), { timeout: 30_000 });
  const { body } = makeBody(3);
  for (const one of [body, body, '{"kind":"Pod"}']) await program.send(one);
  await program.send(body, { 'content-type': 'text/plain' });
  const text = await (await fetch(`${program.url}/metrics`)).text();
  const figures = Object.fromEntries(
    [...text.matchAll(/^snoop_auditlogger_(\S+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]),
  );
  expect(figures).toMatchObject({
    events_received_total: 6,
    events_stored_total: 3,
    events_unresolved_total: 3,
    events_rejected_total: 0,
    bodies_repeated_total: 1,
    bodies_rejected_total: 1,
    received_bytes_total: 2 * body.length + '{"kind":"Pod"}'.length,
    'answers_total{code="200"}': 2,
    'answers_total{code="400"}': 1,
    'answers_total{code="415"}': 1,
    'answers_total{code="503"}': 0,
    queue_bodies: 0,
    queue_bytes: 0,
    database_ready: 1,
    spool_bodies: 0,
    commit_seconds_count: 1,
    event_lag_seconds_count: 3,
  });
});

test('a lag is never negative, and an invalid time is ignored', async () => {
  const metrics = createMetrics();
  const inAnHour = (Date.now() + 3_600_000) * 1000;
  const figures: StoredFigures = {
    events: 3,
    stored: 3,
    repeated: false,
    unresolved: 0,
    rejected: 0,
    commitMs: 2,
    stagedAt: [inAnHour, Number.NaN, 0],
  };
  metrics.accepted({ kind: 'stored', ...figures });
  const text = String((await metrics.render()).text);
  expect(text).toContain('snoop_auditlogger_event_lag_seconds_bucket{le="0.01"} 1\n');
  expect(text).toContain('snoop_auditlogger_event_lag_seconds_count 2\n');
});

test('renders once for all requests within a second', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const { render } = createMetrics();
  const first = await render();
  vi.advanceTimersByTime(sharedMs - 1);
  expect(await render()).toBe(first);
  vi.advanceTimersByTime(1);
  expect(await render()).not.toBe(first);
});

test('the side routes list the routes, and accept no body', async () => {
  const { url } = await makeDatabase();
  const program = await startProgram(url);
  const ask = async (method: string, path: string): Promise<[number, string]> => {
    const answer = await fetch(program.url + path, { method });
    return [answer.status, await answer.text()];
  };
  expect(await ask('GET', '/')).toEqual([200, expect.stringMatching(/^auditlogger \d+\.\d+\.\d+: POST .+\n$/)]);
  expect(await ask('GET', '/healthz')).toEqual([200, 'ok\n']);
  expect(await ask('GET', '/events')).toEqual([405, 'Send audit events with POST.\n']);
  expect(await ask('GET', '/events/other')).toEqual([405, 'Send audit events with POST.\n']);
  expect(await ask('POST', '/metrics')).toEqual([405, '/metrics is read-only: use GET.\n']);
  expect(await ask('GET', '/nothing')).toEqual([404, expect.stringMatching(/^Not found\. .+\n$/)]);
});
