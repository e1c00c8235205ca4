import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:https';
import { expect, test, vi } from 'vitest';
import { choosePorts } from '../../src/control-plane/ports.ts';
import type { Sink } from '../../src/sink/write-sink.ts';
import { startApiserver, startAuditlogger } from '../support/apiserver.ts';
import { makeDatabase } from '../support/database.ts';
import { makeFolder } from '../support/folder.ts';
import { snoopSink } from '../support/sink.ts';

const { url: databaseUrl, pool } = await makeDatabase();
const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });

/** @returns the status of the response */
function get(port: number, path: string, auditId: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'audit-id': auditId };
    const outgoing = request({ host: '127.0.0.1', port, path, agent, headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    outgoing.once('error', reject);
    outgoing.end();
  });
}

test('no batch of the largest possible events is too large', { timeout: 300_000 }, async () => {
  const folder = await makeFolder();
  const ports = await choosePorts(null);
  const server = `http://127.0.0.1:${ports.auditlogger}`;
  const { stdout } = await snoopSink(folder, 'sink', '--server', server, '--output', 'json');
  const { apiserverFlags, auditloggerFlags }: Sink = JSON.parse(stdout);
  const auditlogger = startAuditlogger(auditloggerFlags, databaseUrl);
  const apiserver = await startApiserver(folder, ports, [
    '--authorization-mode=RBAC',
    ...apiserverFlags,
    // Long enough even on a busy machine, so that one batch contains as many events as possible.
    '--audit-webhook-batch-max-wait=20s',
  ]);
  const patience = { timeout: 90_000, interval: 100 };
  await vi.waitFor(
    async () => expect(await get(ports.apiserver, '/readyz', randomUUID()), apiserver.said().slice(-2000)).toBe(200),
    patience,
  );

  const wanted = Array.from({ length: 7 }, () => randomUUID());
  const ask = async (path: string, auditId: string): Promise<void> => {
    expect(await get(ports.apiserver, path, auditId)).toBe(403);
  };
  // 34 MiB each, in JSON.
  const largest = `/apis/example.com/v1/${'&'.repeat(1_040_000)}`;
  await Promise.all(wanted.map((auditId, number) => ask(number === 3 ? '/api/v1/pods' : largest, auditId)));
  agent.destroy();
  await vi.waitFor(
    async () => {
      const { rows } = await pool.query<{ missing: string }>(
        `select missing from unnest($1::text[]) as wanted (missing)
         where not exists (select from testing.audit_event where audit_id = missing)
           -- Longer URIs than are stored.
           and not exists (select from testing.rejected_event where audit_id = missing)`,
        [wanted],
      );
      expect(
        rows.map(({ missing }) => missing),
        auditlogger.said().slice(-1000),
      ).toEqual([]);
    },
    { timeout: 150_000, interval: 500 },
  );
  expect(auditlogger.said()).not.toMatch(/\b413\b/);
});
