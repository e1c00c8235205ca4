import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { choosePorts } from '../../src/control-plane/ports.ts';
import type { Sink } from '../../src/sink/write-sink.ts';
import { findControlPlanePrograms, startApiserver, startAuditlogger, startProgram } from '../support/apiserver.ts';
import { makeDatabase } from '../support/database.ts';
import { makeFolder } from '../support/folder.ts';
import { snoopSink } from '../support/sink.ts';

const patience = { timeout: 90_000, interval: 100 };
const { url: databaseUrl, pool } = await makeDatabase();

function send(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const sending = request(url, { method: 'POST', rejectUnauthorized: false, headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sending.on('error', reject);
    sending.end('{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[]}');
  });
}

test.for<[how: string, args: string[]]>([
  ['a certificate in the kubeconfig', []],
  ['a token in a file', ['--token', '--mount-path', 'HERE']],
])('a kube-apiserver sends with %s, and others may not', async ([how, args]) => {
  const folder = await makeFolder();
  const ports = await choosePorts(null);
  const source = `east-${args.length}`;
  const { stdout } = await snoopSink(
    folder,
    ...['sink', '--server', `127.0.0.1:${ports.auditlogger}`, '--source', source, '--output', 'json'],
    ...args.map((arg) => (arg === 'HERE' ? join(folder, 'sink/apiserver') : arg)),
  );
  const { apiserverFlags, auditloggerFlags, server }: Sink = JSON.parse(stdout);
  const auditlog = startAuditlogger(auditloggerFlags, databaseUrl);
  await vi.waitFor(async () => expect(await send(server)).toBe(401), patience);
  const { said } = await startApiserver(folder, ports, ['--authorization-mode=AlwaysAllow', ...apiserverFlags]);
  await vi.waitFor(async () => {
    const { rows } = await pool.query<{ events: string }>(
      'select count(*) as events from testing.audit_event where source = $1',
      [source],
    );
    expect(Number(rows[0]?.events), `${how}: ${said().slice(-2000)}${auditlog.said().slice(-1000)}`).toBeGreaterThan(
      50,
    );
  }, patience);
  expect(await send(server)).toBe(401);
});

// `snoop sink check` has no rule for what the apiserver itself reports.
test.for<[what: string, name: 'policy.yaml' | 'sink.kubeconfig', change: (text: string) => string]>([
  ['an unknown level', 'policy.yaml', (text) => text.replace('level: Metadata', 'level: metadata')],
  ['an unknown stage', 'policy.yaml', (text) => text.replace('RequestReceived', 'Received')],
  ['a path with a star within', 'policy.yaml', (text) => `${text}  nonResourceURLs: ["/a*b"]\n`],
  ['a group with its version', 'policy.yaml', (text) => `${text}  resources: [{group: apps/v1}]\n`],
  ['a word instead of a list', 'policy.yaml', (text) => `${text}  verbs: get\n`],
  ['no rules', 'policy.yaml', (text) => text.replace('- level: Metadata', '')],
  ['no context', 'sink.kubeconfig', (text) => text.replace('current-context', 'currentContext')],
  ['no server', 'sink.kubeconfig', (text) => text.replace(/ {4}server: .*\n/, '')],
  ['no key', 'sink.kubeconfig', (text) => text.replace(/ {4}client-key-data: .*\n/, '')],
  ['another cluster', 'sink.kubeconfig', (text) => text.replace('cluster: auditlogger', 'cluster: other')],
])('the apiserver refuses to start with %s', async ([, name, change]) => {
  const folder = await makeFolder();
  const { stdout } = await snoopSink(folder, 'sink', '--server', 'https://a.example', '--output', 'json');
  const { apiserverFlags }: Sink = JSON.parse(stdout);
  const file = join(folder, 'sink/apiserver', name);
  writeFileSync(file, change(readFileSync(file, 'utf8')), { mode: 0o600 });
  const key = join(folder, 'sink/auditlogger/server.key');
  const { apiserver } = await findControlPlanePrograms();
  const { said, closed } = startProgram(apiserver.path, [
    ...['--etcd-servers=http://127.0.0.1:1', '--bind-address=127.0.0.1', '--advertise-address=127.0.0.1'],
    ...['--endpoint-reconciler-type=none', `--cert-dir=${join(folder, 'certs')}`, '--authorization-mode=AlwaysAllow'],
    ...['--service-account-issuer=https://kubernetes.default.svc', `--service-account-key-file=${key}`],
    ...[`--service-account-signing-key-file=${key}`, '--service-cluster-ip-range=10.0.0.0/24', ...apiserverFlags],
  ]);
  await closed;
  expect(said()).toMatch(/command failed.*audit/);
});
