import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:https';
import { expect, test, vi } from 'vitest';
import { startOwnControlPlane } from './support/control-plane.ts';
import { runSnoop } from './support/snoop.ts';
import { connect, readKubeconfig } from './support/state.ts';

const adminRequests = 249;
const anonymousClients = 4;
/** An apiserver reads 1 MiB of a request's head. */
const uriBytes = 900_000;
/** So many long URIs are answered between two requests of the admin: about 15 s of them in all. */
const longUrisBetween = 4;

interface Cluster {
  readonly server: string;
  readonly ca: Buffer;
  readonly token: string;
}

async function readCluster(state: string): Promise<Cluster> {
  const kubeconfig = await readKubeconfig(state);
  const read = (key: string): string => new RegExp(`${key}: (\\S+)`).exec(kubeconfig)?.[1] ?? '';
  return {
    server: read('server'),
    ca: Buffer.from(read('certificate-authority-data'), 'base64'),
    token: read('token'),
  };
}

/** @returns the status of the answer */
function get({ server, ca }: Cluster, path: string, headers: Record<string, string>, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${server}${path}`, { ca, headers, agent }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    outgoing.once('error', reject);
    outgoing.end();
  });
}

/** Anonymous clients that ask one long URI after the other, until they are told to stop. */
function startAnonymousClients(cluster: Cluster): { readonly answered: () => number; stop(): Promise<void> } {
  const agent = new Agent({ keepAlive: true, maxSockets: anonymousClients });
  let [answered, isStopped] = [0, false];
  const paths = ['/', '/api/v1/namespaces/default/pods/', '/api/v1/pods?continue='];
  const runClient = async (client: number): Promise<void> => {
    for (let number = client; !isStopped; number++) {
      const path = `${paths[number % paths.length]}${client}-${number}-`.padEnd(uriBytes, 'x');
      expect(await get(cluster, path, {}, agent)).toBe(403);
      answered++;
    }
  };
  const clients = Array.from({ length: anonymousClients }, (_, client) => runClient(client));
  return {
    answered: () => answered,
    async stop() {
      isStopped = true;
      await Promise.all(clients);
      agent.destroy();
    },
  };
}

test('long URIs of anonymous clients do not displace requests of an admin', async () => {
  const state = await startOwnControlPlane();
  const cluster = await readCluster(state);
  const before = await readAuditlogger(state);
  const crowd = startAnonymousClients(cluster);
  const agent = new Agent({ keepAlive: true });
  const wanted: string[] = [];
  for (let number = 0; number < adminRequests; number++) {
    await vi.waitFor(() => expect(crowd.answered()).toBeGreaterThanOrEqual(number * longUrisBetween), {
      timeout: 60_000,
      interval: 5,
    });
    const id = randomUUID();
    const headers = { authorization: `Bearer ${cluster.token}`, 'audit-id': id };
    expect(await get(cluster, '/api/v1/namespaces', headers, agent)).toBe(200);
    wanted.push(id);
  }
  await crowd.stop();
  agent.destroy();

  await expectRecorded(state, wanted);
  expect(await readAuditlogger(state)).toEqual(before);
});

/** Waits until the last stage of each request is in SnoopDB; an apiserver tries for two minutes, with 429 in between. */
async function expectRecorded(state: string, auditIds: readonly string[]): Promise<void> {
  const snoopdb = await connect(state);
  await vi.waitFor(
    async () => {
      const { rows } = await snoopdb.query<{ audit_id: string }>(
        `select audit_id from unnest($1::text[]) as wanted (audit_id)
         where not exists (select from testing.audit_event e where e.audit_id = wanted.audit_id and e.stage = 'ResponseComplete')`,
        [auditIds],
      );
      expect(rows.map((row) => row.audit_id)).toEqual([]);
    },
    { timeout: 300_000, interval: 500 },
  );
}

/** Which process it is, and how often it had to be started again. */
async function readAuditlogger(state: string): Promise<{ pid: number; restarts: number }> {
  const { stdout } = await runSnoop(['status', '--state', state, '--output', 'json']);
  const { pid, restarts } = JSON.parse(stdout).auditlogger;
  return { pid, restarts };
}
