import { generateKeyPairSync } from 'node:crypto';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import type pg from 'pg';
import { expect, test, vi } from 'vitest';
import { choosePorts } from '../../src/control-plane/ports.ts';
import { findPrograms } from '../../src/control-plane/programs/find-programs.ts';
import { defaultRelease } from '../../src/release.ts';
import { readEnvironment } from '../../src/environment.ts';
import { silentProgress } from '../../src/progress.ts';
import { makeNode, patience, readText, start, waitForConnection } from './node-of-processes.ts';
import { pods, root } from './static-pod.ts';

/** The flags of the apiserver of a kind cluster, with the files of the repository and our port. */
function listKindFlags(folder: string, port: number): string[] {
  const audit = join(folder, 'audit');
  cpSync(join(root, 'kind/audit'), audit, { recursive: true });
  const sink = readText(join(audit, 'sink.kubeconfig'));
  writeFileSync(join(audit, 'sink.kubeconfig'), sink.replace(':9900', `:${port}`));
  const config = load(readText(join(root, 'kind/kind.yaml'))) as { kubeadmConfigPatches: string[] };
  const patch = load(config.kubeadmConfigPatches[0] ?? '') as {
    apiServer: { extraArgs: { name: string; value: string }[] };
  };
  return patch.apiServer.extraArgs.map(
    ({ name, value }) => `--${name}=${value.replace('/etc/kubernetes/pki/audit', audit)}`,
  );
}

test('an apiserver with the flags of kind.yaml sends to the auditlogger of the manifest, which stores in SnoopDB', async (ctx) => {
  const node = await makeNode(ctx);
  const { etcd, apiserver } = await findPrograms({
    release: defaultRelease,
    etcdData: null,
    environment: readEnvironment(),
    progress: silentProgress,
    signal: new AbortController().signal,
  });
  const ports = await choosePorts(null);
  const folder = join(node.folder, 'control-plane');
  mkdirSync(join(folder, 'certs'), { recursive: true });
  const clients = `http://127.0.0.1:${ports.etcd}`;
  const peers = `http://127.0.0.1:${ports.etcdPeer}`;
  const asRoot = { env: {}, uid: 0, gid: 0 };
  const etcdArgs = [
    ...[`--data-dir=${join(folder, 'etcd')}`, '--name=one', '--unsafe-no-fsync', '--log-level=error'],
    ...[`--listen-client-urls=${clients}`, `--advertise-client-urls=${clients}`],
    ...[`--listen-peer-urls=${peers}`, `--initial-advertise-peer-urls=${peers}`, `--initial-cluster=one=${peers}`],
  ];
  start({ program: etcd.path, args: etcdArgs, ...asRoot }, {});
  const key = join(folder, 'service-account.key');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const apiserverArgs = [
    ...[`--etcd-servers=${clients}`, `--secure-port=${ports.apiserver}`, '--bind-address=127.0.0.1'],
    ...['--advertise-address=127.0.0.1', '--endpoint-reconciler-type=none', `--cert-dir=${join(folder, 'certs')}`],
    ...['--service-account-issuer=https://kubernetes.default.svc', `--service-account-key-file=${key}`],
    ...[`--service-account-signing-key-file=${key}`, '--authorization-mode=AlwaysAllow'],
    ...['--service-cluster-ip-range=10.0.0.0/24', ...listKindFlags(folder, ports.auditlogger)],
  ];
  await Promise.all([node.prepare(pods.snoopdb), node.prepare(pods.auditlogger)]);
  // In reverse order, since nothing may depend on the order.
  const auditlogger = node.startAuditlogger(ports.auditlogger);
  const server = start({ program: apiserver.path, args: apiserverArgs, ...asRoot }, {});
  await vi.waitFor(() => expect(auditlogger.said()).toContain('the database cannot store events'), patience);
  const first = node.startSnoopDb();
  const client = await waitForConnection(node, first);
  const count = async (asked: pg.Client): Promise<number> => {
    const { rows } = await asked.query(
      `select count(*)::int as events from testing.audit_event where source = 'snoop-control-plane'`,
    );
    return rows[0].events;
  };
  await vi
    .waitFor(async () => expect(await count(client)).toBeGreaterThan(50), patience)
    .catch((cause) => {
      throw new Error([server, auditlogger, first].map(({ said }) => said().slice(-1500)).join('\n'), { cause });
    });
  // Events that arrive while SnoopDB is away are kept, and stored when it returns.
  first.signal('SIGTERM');
  await first.ended;
  await vi.waitFor(async () => {
    const waiting = await fetch(`http://127.0.0.1:${ports.auditlogger}/readyz`, {
      headers: { accept: 'application/json' },
    });
    expect(await waiting.json()).toMatchObject({ ready: true, spool: { bodies: expect.toSatisfy((n) => n > 0) } });
  }, patience);
  const second = node.startSnoopDb();
  const asked = await waitForConnection(node, second);
  const before = await count(asked);
  await vi.waitFor(async () => expect(await count(asked)).toBeGreaterThan(before), patience);
  server.signal('SIGKILL');
  await server.ended;
  auditlogger.signal('SIGTERM');
  expect(await auditlogger.ended, auditlogger.said()).toBe(0);
}, 240_000);
