import { readFileSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CoreV1Api, DiscoveryV1Api, type V1EndpointSlice } from '@kubernetes/client-node';
import { type PublishedRelease, splitCertificates } from '@snoop/snoopdb';
import { expect, test, vi } from 'vitest';
import { command as auditRun } from '../../src/cli/audit-run.ts';
import { writeKubeconfig } from '../../src/control-plane/credentials.ts';
import { choosePorts } from '../../src/control-plane/ports.ts';
import { isHealthy } from '../../src/http-request.ts';
import type { Sink } from '../../src/sink/write-sink.ts';
import { findControlPlanePrograms, startApiserver, startAuditlogger, startProgram } from '../support/apiserver.ts';
import { runCommand } from '../support/ask.ts';
import { makeDatabase } from '../support/database.ts';
import { makeFolder } from '../support/folder.ts';
import { openOwnClient } from '../support/own-client.ts';
import { snoopSink } from '../support/sink.ts';
import { runDoctor } from './support.ts';

const patience = { timeout: 90_000, interval: 100 };
const token = 'admin-token-of-this-test';
/** Endpoints cannot have a loopback address. */
const address = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

const policy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules:
- level: None
  resources: [{group: "", resources: [secrets]}]
- level: None
  verbs: [deletecollection]
- level: Metadata
`;

const { url: databaseUrl } = await makeDatabase();

interface Cluster {
  readonly kubeconfig: string;
  readonly sink: string;
  readonly ports: readonly [number, number];
  readonly stopAuditlogger: () => Promise<void>;
}

/** Two kube-apiservers on one etcd; only the first has a policy and a sink. */
async function startCluster(folder: string): Promise<Cluster> {
  const [ports, others] = [await choosePorts(null), await choosePorts(null)];
  const { stdout } = await snoopSink(
    folder,
    ...['sink', '--server', `127.0.0.1:${ports.auditlogger}`, '--source', 'first', '--output', 'json'],
  );
  const { apiserverFlags, auditloggerFlags }: Sink = JSON.parse(stdout);
  const sink = join(folder, 'sink', 'apiserver');
  writeFileSync(join(sink, 'policy.yaml'), policy);
  const tokens = join(folder, 'tokens.csv');
  writeFileSync(tokens, `${token},admin,admin,"system:masters"\n`);
  const common = [`--token-auth-file=${tokens}`, '--authorization-mode=RBAC', '--bind-address=0.0.0.0'];
  const auditlogger = startAuditlogger(auditloggerFlags, databaseUrl);
  await startApiserver(folder, ports, [...common, ...apiserverFlags]);
  const first = `https://127.0.0.1:${ports.apiserver}`;
  const ca = await waitForServer(folder, first);
  const key = join(folder, 'service-account.key');
  startProgram((await findControlPlanePrograms()).apiserver.path, [
    ...[`--etcd-servers=http://127.0.0.1:${ports.etcd}`, `--secure-port=${others.apiserver}`, ...common],
    ...['--advertise-address=127.0.0.1', '--endpoint-reconciler-type=none', `--cert-dir=${join(folder, 'certs')}`],
    ...['--service-account-issuer=https://kubernetes.default.svc', `--service-account-key-file=${key}`],
    ...[`--service-account-signing-key-file=${key}`, '--service-cluster-ip-range=10.0.0.0/24'],
  ]);
  await waitForServer(folder, `https://127.0.0.1:${others.apiserver}`);
  const kubeconfig = join(folder, 'kubeconfig');
  writeKubeconfig(kubeconfig, first, ca, { name: 'admin', token });
  return {
    ...{ kubeconfig, ports: [ports.apiserver, others.apiserver], sink: join(sink, 'sink.kubeconfig') },
    stopAuditlogger: () => auditlogger.stop(),
  };
}

async function waitForServer(folder: string, server: string): Promise<string> {
  return vi.waitFor(async () => {
    const [, ca = ''] = splitCertificates(readFileSync(join(folder, 'certs', 'apiserver.crt'), 'utf8'));
    expect(await isHealthy(`${server}/readyz`, { ca: `${ca}\n`, token })).toBe(true);
    return `${ca}\n`;
  }, patience);
}

test.skipIf(address === undefined)(
  'reports what the policy leaves out, a kube-apiserver without a webhook, and an auditlogger that is away',
  async () => {
    const folder = await makeFolder();
    const { kubeconfig, sink, ports, stopAuditlogger } = await startCluster(folder);
    const api = openOwnClient(kubeconfig).makeApiClient(CoreV1Api);
    const subsets = ports.map((port) => ({ addresses: [{ ip: address ?? '' }], ports: [{ name: 'https', port }] }));
    await api.createNamespacedEndpoints({ namespace: 'default', body: { metadata: { name: 'kubernetes' }, subsets } });

    const args = ['--kubeconfig', kubeconfig, '--sink', sink, '--database-url', databaseUrl, '--wait', '5'];
    const { exitCode, found, sentence, stdout } = await runDoctor(await makeFolder(), ...args);
    expect(exitCode).toBe(1);
    expect(found).toEqual({
      ...{ kubeconfig: 'ok', cluster: 'ok', rights: 'ok', snoopdb: 'ok', baseline: 'no_baseline', auditlogger: 'ok' },
      ...{ probe: 'ok', policy: 'policy_requests policy_stages', document: 'document_missing' },
      ...{ apiservers: 'ok apiserver_silent', clocks: 'ok', versions: 'ok' },
    });
    expect(sentence('policy')).toBe(
      'The audit policy does not record these requests: deletecollection configmaps, get secrets.',
    );
    expect(stdout).toContain('omits the stage ResponseStarted');
    expect(sentence('apiservers')).toBe(`${address}:${ports[0]} sends its events, as source first`);
    expect(stdout).toContain(`The kube-apiserver ${address}:${ports[1]} sends no events to this SnoopDB`);

    await checkAuditRuns(folder, kubeconfig, ports);

    await stopAuditlogger();
    const away = await runDoctor(await makeFolder(), ...args, '--wait', '1');
    expect(away.exitCode).toBe(1);
    expect(away.found).toMatchObject({
      auditlogger: 'auditlogger_away',
      probe: 'probe_missing',
      policy: 'not checked',
    });
  },
);

/** An audit run of a suite that lists ConfigMaps and Secrets, and deletes no ConfigMap. */
async function checkAuditRuns(folder: string, kubeconfig: string, ports: Cluster['ports']): Promise<void> {
  const [out, policyFile] = [join(folder, 'run'), join(folder, 'policy.yaml')];
  writeFileSync(policyFile, policy);
  const api = openOwnClient(kubeconfig).makeApiClient(DiscoveryV1Api);
  for (const [index, name] of ['first', 'second'].entries()) {
    await api.createNamespacedEndpointSlice({ namespace: 'default', body: createSlice(name, ports[index] ?? 0) });
  }
  const namespace = '/api/v1/namespaces/default';
  const requests = [
    ['GET', `${namespace}/configmaps`],
    ['GET', `${namespace}/secrets`],
    ['DELETE', `${namespace}/configmaps?labelSelector=none%3Dnone`],
  ];
  const env = { MADE_SUITE: JSON.stringify({ tests: [{ name: 'a', requests }] }), PATH: process.env.PATH };
  const suite = fileURLToPath(new URL('../../../test/support/made-suite.mjs', import.meta.url));
  const options = ['--kubeconfig', kubeconfig, '--database-url', databaseUrl, '--state', folder, '--wait', '2'];
  const run = () =>
    runCommand(
      auditRun,
      folder,
      [...options, '--out', out, '--audit-policy', policyFile, '--', process.execPath, suite],
      env,
    );

  await expect(run()).rejects.toThrow(
    `No audit event of https://${address}:${ports[1]} arrived in SnoopDB, which is 1 of 2 API servers`,
  );

  // Nothing listens on port 1.
  const body = createSlice('second', 1);
  await api.replaceNamespacedEndpointSlice({ namespace: 'default', name: 'second', body });
  expect((await run()).exitCode).toBe(3);
  const read = (name: string) => JSON.parse(readFileSync(join(out, name), 'utf8'));
  expect(read('run.json').reasons).toEqual([
    `The API server ${address}:1 cannot be reached from here, so it is unknown how many events it sent and whether they are stored.`,
  ]);
  const coverage: PublishedRelease = read('coverage.json');
  expect(coverage.endpoints.filter(({ tested }) => tested).map(({ endpoint }) => endpoint)).toEqual([
    'listCoreV1NamespacedConfigMap',
  ]);
  const unknown = new Map(coverage['unknown endpoints']?.map(({ endpoint, unknown: reason }) => [endpoint, reason]));
  expect(unknown.get('listCoreV1NamespacedSecret')).toBe('The audit policy hides it: rule 1 has level None.');
  expect(unknown.get('deleteCoreV1CollectionNamespacedConfigMap')).toBe(
    'The audit policy hides it: rule 2 has level None.',
  );
}

/** What kube-controller-manager would make from the Endpoints. */
function createSlice(name: string, port: number): V1EndpointSlice {
  return {
    metadata: { name, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address ?? ''] }],
    ports: [{ name: 'https', port }],
  };
}
