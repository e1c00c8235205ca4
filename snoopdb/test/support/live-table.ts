import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import {
  createEventWriter,
  defaultLiveBounds,
  type LiveBounds,
  loadClusterDocument,
  type Pool,
} from '../../src/index.ts';
import { writeBody, writeEvent } from './audit-events.ts';
import { smallDocument } from './small-document.ts';

export const source = 'a cluster';

/** Bounds that a few bodies reach. */
export const smallBounds: LiveBounds = { ...defaultLiveBounds, maxRows: 160 };

/** Loads a document for the cluster, so that its events resolve. */
export async function loadSmallDocument(pool: Pool): Promise<void> {
  await loadClusterDocument(pool, { source, version: 'v1.36.3', etag: null, document: smallDocument });
}

/** Polls until a query returns a row. */
export async function waitUntil(pool: Pool, question: string): Promise<void> {
  await expect
    .poll(async () => (await pool.query(question)).rowCount ?? 0, { timeout: 30_000, interval: 10 })
    .toBeGreaterThan(0);
}

/** Writes requests of a live test, some of other clients between them. @returns how many events were stored */
export async function writeRequests(
  pool: Pool,
  requests: readonly { id: string; agent?: string; at?: string; uri?: string; verb?: string }[],
): Promise<number> {
  const writer = createEventWriter(pool, { source });
  const { stored } = await writer.write(
    writeBody(
      requests.map(({ id, agent = 'live-test-writing -- a test', at, uri, verb }) =>
        writeEvent({
          auditID: id,
          userAgent: agent,
          ...(at !== undefined && { requestReceivedTimestamp: at }),
          ...(uri !== undefined && { requestURI: uri }),
          ...(verb !== undefined && { verb }),
        }),
      ),
    ),
  );
  await writer.close();
  return stored;
}

/** Starts a process that works on the live table; it is killed when the test ends. */
export function startLiveTableUser(
  url: string,
  work: 'keep' | 'reset',
  given: object,
): { child: ChildProcess; ended: Promise<unknown> } {
  const program = fileURLToPath(new URL('live-table-user.ts', import.meta.url));
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const args = ['--conditions=@snoop/source', '--import', 'tsx', program, url, work, JSON.stringify(given)];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, ended };
}

/** Terminates the backends of a killed process: the server notices its end only when it responds. */
export async function terminateBackends(pool: Pool): Promise<void> {
  const others = `from pg_stat_activity where application_name = 'live table user' and datname = current_database()`;
  await pool.query(`select pg_terminate_backend(pid) ${others}`);
  await waitUntil(pool, `select where not exists (select ${others})`);
}
