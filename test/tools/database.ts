import { execFile } from 'node:child_process';
import { appendFile, chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  acquireEmbeddedServer,
  inspectEmbeddedServer,
  loadClusterDocument,
  migrate,
  openPool,
  type Pool,
  purgeEmbeddedServer,
} from '@snoop/snoopdb';
import { createTestDatabase } from '@snoop/snoopdb/test-database';
import { onTestFinished, vi } from 'vitest';
import { ordinaryDocument } from './bodies.ts';

/** A database of the test's own with the schema; dropped when the test ends. */
export async function makeDatabase(): Promise<{ url: string; pool: Pool }> {
  const { url, pool, discard } = await createTestDatabase();
  onTestFinished(discard);
  return { url, pool };
}

/** Makes a database ready, with a document of its cluster that resolves what {@link makeEvents} makes. */
export async function prepareDatabase(pool: Pool, source = 'cluster'): Promise<void> {
  await migrate(pool);
  await loadClusterDocument(pool, { source, version: 'v1.36.3', etag: null, document: ordinaryDocument });
}

export interface TestServer {
  /** The same after every start. */
  readonly url: string;
  /** The postmaster's; 0 while it is stopped. */
  readonly pid: number;
  readonly dataFolder: string;
  /** A pool of the test's own; it is closed with the test. */
  readonly pool: Pool;
  /** Returns when it takes connections. */
  start(): Promise<void>;
  /** `fast` ends its connections and writes what is open, `immediate` is a crash. Returns when it is gone. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  /** Stops the processor time of it and all its processes, as a machine does that hangs: connections stay open. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
}

/**
 * Starts a PostgreSQL for a test that stops or breaks it; removed when the test ends.
 * @param options.settings lines of postgresql.conf
 * @param options.folder default: a temporary folder
 */
export async function makeServer(
  options: { settings?: Readonly<Record<string, string>>; folder?: string } = {},
): Promise<TestServer> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'snoop-server-')));
  // PostgreSQL may run as another user, who must find the way.
  await chmod(folder, 0o755);
  let frozen: number[] = [];
  const thaw = async (): Promise<void> => {
    for (const pid of frozen) signal(pid, 'SIGCONT');
    frozen = [];
  };
  let pool: Pool | null = null;
  onTestFinished(async () => {
    await thaw();
    await pool?.end();
    await purgeEmbeddedServer(folder);
    await rm(folder, { recursive: true, force: true });
  });

  let url = '';
  let pid = 0;
  const start = async (): Promise<string> => {
    const server = await acquireEmbeddedServer({ folder, user: 'test' });
    if (url !== '' && server.url !== url) throw new Error(`PostgreSQL came back as ${server.url}, it was ${url}.`);
    url = server.url;
    pid = (await inspectEmbeddedServer(folder))?.pid ?? 0;
    return server.dataFolder;
  };
  const stop = async (mode: 'fast' | 'immediate'): Promise<void> => {
    if (pid !== 0) signal(pid, mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await vi.waitUntil(async () => !(await inspectEmbeddedServer(folder))?.running, { timeout: 30_000, interval: 10 });
    pid = 0;
  };

  const dataFolder = await start();
  const lines = Object.entries(options.settings ?? {}).map(([name, value]) => `${name} = '${value}'\n`);
  if (lines.length > 0) {
    await stop('fast');
    await appendFile(join(dataFolder, 'postgresql.conf'), lines.join(''));
    await start();
  }
  const ownPool = openPool(url);
  pool = ownPool;
  return {
    url,
    get pid() {
      return pid;
    },
    dataFolder,
    pool: ownPool,
    async start() {
      await start();
    },
    stop,
    async freeze() {
      // The postmaster first: it makes no more processes then.
      signal(pid, 'SIGSTOP');
      frozen = [pid, ...(await listChildren(pid))];
      for (const one of frozen) signal(one, 'SIGSTOP');
    },
    thaw,
  };
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}

async function listChildren(parent: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  const processes = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  return processes.flatMap(([pid, ppid]) => (pid !== undefined && ppid === parent ? [pid] : []));
}
