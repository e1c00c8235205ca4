import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { RequestListener } from 'node:http';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { RunRecord } from '@snoop/snoopdb';
import { openClusterAccess } from '../../src/audited-cluster/cluster-access.ts';
import { openWorkerJournal } from '../../src/journal/journal.ts';
import { readBodies } from '../../src/journal/read-bodies.ts';
import { readJournal } from '../../src/journal/read-journal.ts';
import { recordTest } from '../../src/live-test/test-recording.ts';
import { startProxy } from '../../src/proxy/proxy-server.ts';
import type { RecordingProxy } from '../../src/proxy/proxy-server.ts';
import { createCa } from '../../src/sink/certificates.ts';
import { makeFolder } from '../support/folder.ts';
import { makeHead } from '../support/recorded-cluster.ts';

export const token = 'the-token';

export interface ProxyUnderTest {
  readonly proxy: RecordingProxy;
  readonly port: number;
  /** The CA certificate of the proxy. */
  readonly ca: string;
  /** The stand-in for an API server. */
  readonly server: Server;
  /** Reads the journal when all requests are over. */
  read(): Promise<RunRecord>;
  /** Bodies of the journal as they were read: request or answer, and why they are omitted. */
  readOmitted(): Promise<string[]>;
}

const runId = '20260101-000000-aaaaaa';

/** Starts a proxy before a stand-in for an API server. @param user the kubeconfig's user */
export async function startWithStandIn(
  listener: RequestListener,
  user: object = { token: 'of-the-user' },
): Promise<ProxyUnderTest> {
  const ca = await createCa(1);
  const own = await ca.issue({ commonName: 'test', usage: 'server', names: ['127.0.0.1', 'localhost'], days: 1 });
  const server = createServer({ cert: own.certificate, key: own.key }, listener);
  server.on('connection', (socket) => onTestFinished(() => void socket.destroy()));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { ...(await startRecorded(address, ca.certificate, user, own)), ca: ca.certificate, server };
}

async function startRecorded(
  server: string,
  ca: string,
  user: object,
  certificate: { certificate: string; key: string },
): Promise<Omit<ProxyUnderTest, 'server' | 'ca'>> {
  const folder = await makeFolder();
  const kubeconfig = join(folder, 'kubeconfig');
  const data = Buffer.from(ca).toString('base64');
  const config = {
    clusters: [{ name: 'c', cluster: { server, 'certificate-authority-data': data } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  const run = join(folder, 'run');
  mkdirSync(run);
  writeFileSync(join(run, 'run.json'), JSON.stringify(makeHead({ id: runId, clusterServer: server })));
  const journal = openWorkerJournal(run, { isSeparate: false });
  const test = { id: 't', name: 'a client', file: 'snoop exec', try: 1 };
  const recording = recordTest(journal, runId, test, { isOtherProgram: true });
  const access = openClusterAccess({ files: [kubeconfig], context: null }, recording.stamp);
  const proxy = await startProxy({ access, certificate, token });
  onTestFinished(async () => {
    await proxy.close();
    journal.close();
  });
  return {
    proxy,
    port: Number(new URL(proxy.url).port),
    async read() {
      await proxy.drain(5_000);
      return readJournal(run);
    },
    async readOmitted() {
      const found: string[] = [];
      for await (const bodies of readBodies(run)) {
        found.push(...bodies.map(({ direction, omitted }) => `${direction}: ${omitted ?? 'stored'}`));
      }
      return found;
    },
  };
}
