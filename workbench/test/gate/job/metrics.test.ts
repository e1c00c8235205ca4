import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { shortenAnswer } from '../../../src/gate/job/kept-answer.ts';
import { createGateMetricsServer } from '../../../src/gate/job/metrics-server.ts';
import { formatMetrics } from '../../../src/gate/job/metrics.ts';
import { formatJson } from '../../../src/output/control-characters.ts';
import { doubtfulAnswer, missingAnswer } from './answers.ts';

const first = '2026-11-30T10:00:00.000Z';
const counted = shortenAnswer(missingAnswer, first, null);

test('an answer with counts', async () => {
  const { text } = await formatMetrics(counted, new Date('2026-11-30T12:00:00Z'));
  expect(listSamples(text)).toMatchInlineSnapshot(`
    [
      "snoop_gate_last_answer_timestamp_seconds 1796032800",
      "snoop_gate_answer_age_seconds 7200",
      "snoop_gate_exit_code 1",
      "snoop_gate_verdict{verdict="nothing_missing"} 0",
      "snoop_gate_verdict{verdict="stale_lists"} 0",
      "snoop_gate_verdict{verdict="not_yet_proven"} 0",
      "snoop_gate_verdict{verdict="missing"} 1",
      "snoop_gate_verdict{verdict="cannot_tell"} 0",
      "snoop_gate_untested{state="missing"} 2",
      "snoop_gate_untested{state="not_yet_proven"} 1",
      "snoop_gate_untested{state="due"} 0",
      "snoop_gate_untested{state="pending"} 0",
      "snoop_gate_stale_entries 0",
    ]
  `);
});

test('while it cannot tell there are no counts', async () => {
  const answer = shortenAnswer(doubtfulAnswer, '2026-11-30T16:00:00Z', counted);
  const { text } = await formatMetrics(answer, new Date('2026-11-30T16:00:30Z'));
  expect(listSamples(text)).toMatchInlineSnapshot(`
    [
      "snoop_gate_last_answer_timestamp_seconds 1796054400",
      "snoop_gate_answer_age_seconds 30",
      "snoop_gate_exit_code 3",
      "snoop_gate_verdict{verdict="nothing_missing"} 0",
      "snoop_gate_verdict{verdict="stale_lists"} 0",
      "snoop_gate_verdict{verdict="not_yet_proven"} 0",
      "snoop_gate_verdict{verdict="missing"} 0",
      "snoop_gate_verdict{verdict="cannot_tell"} 1",
    ]
  `);
});

test('without an answer there is nothing', async () => {
  expect(listSamples((await formatMetrics(null, new Date())).text)).toEqual([]);
});

test('the server reads the file for each scrape, and the clock goes on', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'snoop-metrics-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'answer.json');
  let now = new Date(first);
  const logged: string[] = [];
  const server = createGateMetricsServer(file, { now: () => now, log: (text) => logged.push(text) });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const scrape = async (): Promise<string[]> => listSamples(await (await fetch(`${url}/metrics`)).text());

  expect(await scrape()).toEqual([]);
  await writeFile(file, formatJson(counted));
  expect(await scrape()).toContain('snoop_gate_answer_age_seconds 0');
  now = new Date('2026-12-02T10:00:00Z');
  expect(await scrape()).toContain('snoop_gate_answer_age_seconds 172800');

  await writeFile(file, formatJson(counted).slice(0, 100));
  const broken = await fetch(`${url}/metrics`);
  expect(broken.status).toBe(503);
  expect(logged[0]).toContain('it is not a whole JSON document');
  await writeFile(file, ' '.repeat(2 << 20));
  expect((await fetch(`${url}/metrics`)).status).toBe(503);

  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect((await fetch(`${url}/other`)).status).toBe(404);
  expect((await fetch(`${url}/metrics`, { method: 'POST', body: 'a' })).status).toBe(405);
});

function listSamples(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}
