import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findInputs, importRun, loadAuditLog, loadBaseline, loadHistory, type Pool, useBaseline } from '@snoop/snoopdb';
import { afterAll } from 'vitest';
import { createUi } from '../../../src/ui/app.ts';
import { readAssets } from '../../../src/ui/page/assets.ts';
import { makeDatabase } from '../../support/database.ts';

/** Two runs of the evidence of tickets, the earlier first. */
export const importedRuns = ['20261130-193315-xducqt', '20261130-193534-dinwwo'] as const;

/** Names as only an attacker chooses them. */
export const hostile = {
  test: '[sig-x] <script>alert(1)</script> <b>bold</b> \u202ereversed 🙂 [Conformance]',
  agent: `<img src=x onerror=alert(1)> \u202eevil ${'🙂'.repeat(40)}`,
} as const;

/** Creates a SnoopDB with three releases, the history, two runs, and events with hostile names. */
export async function makePageDatabase(): Promise<Pool> {
  const { pool } = await makeDatabase();
  for (const release of ['1.34.0', '1.35.0', '1.36.0']) await loadBaseline(pool, release);
  await loadHistory(pool);
  await useBaseline(pool, '1.36.0');
  for (const file of ['two-tests', 'exec']) {
    const evidence = JSON.parse(await readFile(new URL(`../../ticket/evidence/${file}.json`, import.meta.url), 'utf8'));
    for (const run of evidence.runs) await importRun(pool, file, run);
  }
  const folder = await mkdtemp(join(tmpdir(), 'snoop-page-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const log = join(folder, 'audit.log');
  await writeFile(
    log,
    createEvents()
      .map((event) => `${JSON.stringify(event)}\n`)
      .join(''),
  );
  const [input] = await findInputs(log, { cwd: '/', stdin: process.stdin });
  if (input === undefined) throw new Error('The audit log is missing.');
  await loadAuditLog(pool, input, { release: '1.36.0', source: 'a <i>CI run</i>' });
  return pool;
}

function createEvents(): object[] {
  const agents = [`e2e.test/v1.36.0 (linux/amd64) kubernetes/0000000 -- ${hostile.test}`, hostile.agent];
  return agents.flatMap((userAgent, index) =>
    [200, 404].map((code) => ({
      ...{ kind: 'Event', apiVersion: 'audit.k8s.io/v1', level: 'Metadata', stage: 'ResponseComplete', userAgent },
      ...{ auditID: `${index}-${code}`, verb: 'list', requestURI: '/api/v1/nodes?x=<b>', user: { username: 'e2e' } },
      requestReceivedTimestamp: `2026-04-22T10:00:0${index}.${code}000Z`,
      stageTimestamp: `2026-04-22T10:00:0${index}.${code + 50}000Z`,
      responseStatus: { metadata: {}, code },
    })),
  );
}

/** Serves the page until the test file ends. @returns `http://127.0.0.1:<port>/` */
export async function servePage(pool: Pool): Promise<string> {
  const rules = { listen: { host: '127.0.0.1', port: 0 }, gate: null };
  const app = createUi({ getPool: () => pool, assets: await readAssets(), version: '0', rules, log: console.error });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
