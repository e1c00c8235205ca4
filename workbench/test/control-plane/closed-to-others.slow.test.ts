import { chmodSync, existsSync, lstatSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLayout } from '../../src/control-plane/layout.ts';
import type { Ports } from '../../src/control-plane/ports.ts';
import { readState } from '../../src/control-plane/state.ts';
import type { State } from '../../src/control-plane/state.ts';
import { listReadableToOthers, noOtherUser } from './other-user.ts';
import { describeMode, isOpen, listFiles } from './state-files.ts';
import { listSockets, listStateProcesses, readArguments } from './state-processes.ts';
import { readStatus, snoop, up } from './support.ts';

// What other users of the machine can see of a control plane. Add a new port, argument or open file to these lists and to
// the table in workbench/README.md.

const noProc = existsSync('/proc/self/net/tcp') ? null : 'only Linux shows all processes in /proc';

// In a folder that all users can search, as many home folders are: the contents must be protected themselves.
const parent = realpathSync(mkdtempSync(join(tmpdir(), 'snoop-others-')));
chmodSync(parent, 0o755);
const folder = join(parent, 'state');
const layout = createLayout(folder);

beforeAll(() => up(folder));

afterAll(async () => {
  await snoop(['down', '--purge'], folder);
  rmSync(parent, { recursive: true, force: true });
});

function readRunning(): { state: State; ports: Ports } {
  const state = readState(layout);
  if (!state?.ports) throw new Error(`No control plane runs in ${folder}.`);
  return { state, ports: state.ports };
}

test.skipIf(noProc)(`the list of ports, arguments and open files (${noProc ?? 'on Linux'})`, async () => {
  const { ports } = readRunning();
  const processes = listStateProcesses(folder);
  const secrets = listSecrets();
  const { snoopdb } = await readStatus(folder);
  const portNames = new Map(
    [...Object.entries(ports), ['postgres', Number(new URL(snoopdb.url).port)] as const].map(([name, port]) => [
      String(port),
      name,
    ]),
  );

  const sockets = processes.flatMap(({ pid, name }) =>
    listSockets(pid).map((socket) => `${name} ${socket.replace(/\d+$/, (port) => portNames.get(port) ?? port)}`),
  );
  expect([...new Set(sockets)].sort()).toEqual([
    'auditlogger tcp 127.0.0.1:auditlogger',
    'etcd tcp 127.0.0.1:etcd',
    'etcd tcp 127.0.0.1:etcdPeer',
    'kube-apiserver tcp 127.0.0.1:apiserver',
    'kube-controller-manager tcp 127.0.0.1:controllerManager',
    'snoopdb tcp 127.0.0.1:postgres',
    'ui tcp 127.0.0.1:ui',
  ]);

  const lines = processes.map(({ pid, name }) => ({ name, words: readArguments(pid) }));
  expect(lines.filter(({ words }) => secrets.some((secret) => words.join(' ').includes(secret)))).toEqual([]);
  expect(listArgumentNames(lines)).toMatchInlineSnapshot(`
    [
      "auditlogger --listen",
      "auditlogger --max-semi-space-size",
      "auditlogger --source",
      "auditlogger --status-token-file",
      "auditlogger --tls-cert-file",
      "auditlogger --tls-key-file",
      "auditlogger --token-file",
      "etcd --advertise-client-urls",
      "etcd --cert-file",
      "etcd --client-cert-auth",
      "etcd --data-dir",
      "etcd --enable-grpc-gateway",
      "etcd --initial-advertise-peer-urls",
      "etcd --initial-cluster",
      "etcd --key-file",
      "etcd --listen-client-urls",
      "etcd --listen-peer-urls",
      "etcd --log-level",
      "etcd --name",
      "etcd --peer-cert-file",
      "etcd --peer-client-cert-auth",
      "etcd --peer-key-file",
      "etcd --peer-trusted-ca-file",
      "etcd --trusted-ca-file",
      "etcd --unsafe-no-fsync",
      "kube-apiserver --advertise-address",
      "kube-apiserver --allow-privileged",
      "kube-apiserver --audit-policy-file",
      "kube-apiserver --audit-webhook-batch-buffer-size",
      "kube-apiserver --audit-webhook-batch-max-size",
      "kube-apiserver --audit-webhook-batch-max-wait",
      "kube-apiserver --audit-webhook-batch-throttle-burst",
      "kube-apiserver --audit-webhook-batch-throttle-qps",
      "kube-apiserver --audit-webhook-config-file",
      "kube-apiserver --audit-webhook-mode",
      "kube-apiserver --authorization-mode",
      "kube-apiserver --bind-address",
      "kube-apiserver --cert-dir",
      "kube-apiserver --endpoint-reconciler-type",
      "kube-apiserver --etcd-cafile",
      "kube-apiserver --etcd-certfile",
      "kube-apiserver --etcd-keyfile",
      "kube-apiserver --etcd-servers",
      "kube-apiserver --feature-gates",
      "kube-apiserver --runtime-config",
      "kube-apiserver --secure-port",
      "kube-apiserver --service-account-issuer",
      "kube-apiserver --service-account-key-file",
      "kube-apiserver --service-account-signing-key-file",
      "kube-apiserver --service-cluster-ip-range",
      "kube-apiserver --token-auth-file",
      "kube-controller-manager --bind-address",
      "kube-controller-manager --cert-dir",
      "kube-controller-manager --feature-gates",
      "kube-controller-manager --kube-api-burst",
      "kube-controller-manager --kube-api-qps",
      "kube-controller-manager --kubeconfig",
      "kube-controller-manager --leader-elect",
      "kube-controller-manager --root-ca-file",
      "kube-controller-manager --secure-port",
      "kube-controller-manager --service-account-private-key-file",
      "kube-controller-manager --use-service-account-credentials",
      "snoopdb -D",
      "snoopdb huge_pages",
      "snoopdb jit",
      "snoopdb listen_addresses",
      "snoopdb log_checkpoints",
      "snoopdb log_timezone",
      "snoopdb max_connections",
      "snoopdb max_wal_senders",
      "snoopdb port",
      "snoopdb timezone",
      "snoopdb unix_socket_directories",
      "snoopdb wal_level",
      "supervisor --state",
      "ui --port",
      "ui --state",
    ]
  `);

  const open = listFiles(folder).filter((path) => isOpen(folder, path));
  expect(open.map((path) => describeMode(folder, path)).sort()).toMatchInlineSnapshot(`
    [
      "0755 .",
      "0755 snoopdb",
    ]
  `);
  const texts = open.filter((path) => lstatSync(path).isFile()).map((path) => readFileSync(path, 'latin1'));
  expect(texts.filter((text) => secrets.some((secret) => text.includes(secret)))).toEqual([]);
});

test.skipIf(noOtherUser ?? noProc)(
  `another user can open nothing (${noOtherUser ?? noProc ?? 'as root'})`,
  async () => {
    const files = listFiles(folder).filter((path) => !lstatSync(path).isDirectory());
    expect(files.length).toBeGreaterThan(100);
    expect(await listReadableToOthers(files)).toEqual([]);
    const ofProcesses = listStateProcesses(folder).flatMap(({ pid }) =>
      ['environ', 'maps', 'mem', 'fd', 'cwd', 'root'].map((name) => `/proc/${pid}/${name}`),
    );
    expect(await listReadableToOthers(ofProcesses)).toEqual([]);
  },
);

/** Secrets that no other user may read: tokens, passwords, and a line of each key. */
function listSecrets(): string[] {
  const state = readState(layout);
  const keys = listFiles(layout.certs).filter((path) => path.endsWith('.key'));
  expect(keys.length).toBeGreaterThanOrEqual(6);
  return [
    ...Object.values(state?.tokens ?? {}),
    ...[layout.auditloggerToken, join(layout.snoopdb, 'password')].map((file) => readFileSync(file, 'utf8').trim()),
    ...keys.map((file) => readFileSync(file, 'utf8').split('\n')[1] ?? ''),
  ];
}

/** `etcd --name`, without values; PostgreSQL's `-c name=value` with the name, and the titles of its other processes. */
function listArgumentNames(lines: readonly { name: string; words: readonly string[] }[]): string[] {
  const named = lines.flatMap(({ name, words }) => {
    const flags = words.flatMap((word, index) => {
      const [flag = ''] = word.split('=');
      return words[index - 1] === '-c' || /^--?[a-zA-Z]/.test(word) ? [flag] : [];
    });
    return flags.filter((flag) => flag !== '-c').map((flag) => `${name} ${flag}`);
  });
  return [...new Set(named)].sort();
}
