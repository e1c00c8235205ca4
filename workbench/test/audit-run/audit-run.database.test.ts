import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { createEventWriter, type Pool } from '@snoop/snoopdb';
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import type { AuditRunOptions } from '../../src/audit-run/audit-run-options.ts';
import { performAuditRun } from '../../src/audit-run/perform-audit-run.ts';
import { silentProgress } from '../../src/progress.ts';
import { makeDatabase } from '../support/database.ts';
import { makeFolder } from '../support/folder.ts';

let pool: Pool;
beforeAll(async () => {
  ({ pool } = await makeDatabase());
});

/** Answers as an API server does, counts its audit events, and stores them as an auditlogger does. */
async function startServer() {
  const writer = createEventWriter(pool, { source: 'made' });
  const state = { events: 100, startedAt: 1_700_000_000.5 };
  const answers: Record<string, () => string> = {
    '/version': () => '{"gitVersion":"v1.36.0","gitCommit":"abc"}',
    '/openapi/v2': () => '{"swagger":"2.0","info":{"title":"Kubernetes","version":"v1.36.0"},"paths":{}}',
    '/metrics': () => `apiserver_audit_event_total ${state.events}\nprocess_start_time_seconds ${state.startedAt}\n`,
  };
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const body = answers[path.replace(/\?.*/, '')]?.();
    response.writeHead(body === undefined ? 404 : 200);
    const time = `${new Date().toISOString().slice(0, -1)}000Z`;
    const event = {
      ...{ level: 'Metadata', auditID: request.headers['audit-id'] ?? randomUUID(), stage: 'ResponseComplete' },
      ...{ requestURI: path, verb: 'get', user: { username: 'x' }, userAgent: request.headers['user-agent'] ?? '' },
      ...{ responseStatus: { code: 200 }, requestReceivedTimestamp: time, stageTimestamp: time },
    };
    state.events += 1;
    const list = { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items: [event] };
    void writer.write(Buffer.from(JSON.stringify(list))).then(() => response.end(body ?? '{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await writer.close();
  });
  return { state, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** @param change of the server, before the end of the run */
async function run(
  change: (state: Awaited<ReturnType<typeof startServer>>['state']) => void,
  signal?: AbortSignal,
  compare: string | null = null,
) {
  const { state, url } = await startServer();
  const folder = await makeFolder();
  const kubeconfig = join(folder, 'kubeconfig');
  const named = (name: string, what: object) => [{ name: 'x', [name]: what }];
  const content = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'x', clusters: named('cluster', { server: url }) },
    ...{ users: named('user', {}), contexts: named('context', { cluster: 'x', user: 'x' }) },
  };
  writeFileSync(kubeconfig, JSON.stringify(content));
  const out = join(folder, 'run');
  const options: AuditRunOptions = {
    target: {
      kind: 'named',
      stateCluster: null,
      kubeconfig: { files: [kubeconfig], context: null },
      context: 'x',
      server: url,
      user: 'x',
    },
    ...{ pool, stateFolder: folder, out, command: ['true'], junit: [], pattern: null, compare, waitMs: 1_000 },
    ...{ policyFile: null, env: process.env, cwd: folder, progress: silentProgress, earlier: null, judge: null },
    ...{ stdout: new PassThrough().resume(), stderr: new PassThrough().resume() },
    signal: signal ?? new AbortController().signal,
    onSuite: (when) => void (when === 'ended' && change(state)),
    readOutcomes: async () => new Map(),
  };
  const result = await performAuditRun(options);
  expect(existsSync(`${out}.part`)).toBe(false);
  return { result, file: JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) };
}

test('sent = stored', async () => {
  const { file } = await run(() => {});
  expect(file.reasons).toEqual([]);
  expect(file).toMatchObject({ complete: true, counters: { errors: 0, rejected: 0 } });
});

test('events that were lost are counted', async () => {
  const { file } = await run((state) => {
    state.events += 7;
  });
  expect(file.reasons).toEqual([expect.stringMatching(/^7 of \d+ audit events are not stored\.$/)]);
});

test.each([5, 100_000])('a restarted API server with the counter %i proves nothing of before', async (events) => {
  const { file } = await run((state) => {
    state.events = events;
    state.startedAt = Date.now() / 1_000;
  });
  expect(file).toMatchObject({ complete: false, counters: { sent: null } });
  expect(file.reasons).toEqual([
    expect.stringMatching(/counters began again at \S+Z: it sent [\d,]+ events since then, of which \d+ are stored/),
  ]);
});

test('an abort while lost events are awaited writes what is stored', async () => {
  const abort = new AbortController();
  const { file } = await run((state) => {
    state.events += 7;
    setTimeout(() => abort.abort(), 300);
  }, abort.signal);
  expect(file.reasons).toContain('The run was interrupted.');
  expect(file.counters.stored).toBeGreaterThan(0);
});

test.each([
  ['no-such-folder', /no-such-folder cannot be read: it does not exist/],
  ['9.99', /9\.99/],
])('what is not there to --compare with is found before the suite runs: %s', async (compare, message) => {
  const onEnd = vi.fn();
  await expect(run(onEnd, undefined, compare)).rejects.toThrow(message);
  expect(onEnd).not.toHaveBeenCalled();
});
