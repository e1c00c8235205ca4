import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Pool } from '@snoop/snoopdb';
import type { BenchServer } from './bench-server.ts';

const program = fileURLToPath(new URL('../../../auditlogger/bin/auditlogger.js', import.meta.url));
const readyPollMs = 20;

/** An auditlogger as a process of its own, which takes events. */
export interface Auditlogger {
  readonly pid: number;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Ends it with SIGTERM. */
  stop(): Promise<void>;
}

/** Runs an auditlogger on a database of its own for as long as `use` takes. */
export async function withAuditlogger<T>(
  server: BenchServer,
  database: string,
  use: (auditlogger: Auditlogger, pool: Pool) => Promise<T>,
): Promise<T> {
  const { pool, url } = await server.createDatabase(database);
  try {
    const auditlogger = await startAuditlogger(url);
    try {
      return await use(auditlogger, pool);
    } finally {
      await auditlogger.stop();
    }
  } finally {
    await pool.end();
  }
}

/** Starts the built auditlogger on a free port and waits until it can store events. */
async function startAuditlogger(databaseUrl: string): Promise<Auditlogger> {
  const args = ['--listen', '127.0.0.1:0', '--database-url', databaseUrl, '--source', 'benchmark'];
  // As its README starts it.
  const child = spawn(process.execPath, ['--max-semi-space-size=2', program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const onExit = (): void => void child.kill('SIGKILL');
  process.once('exit', onExit);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    process.off('exit', onExit);
  };
  try {
    const url = await Promise.race([
      readUrl(child.stdout),
      ended.then(([code]) => Promise.reject(new Error(`The auditlogger ended with ${code} before it listened.`))),
    ]);
    while (!(await fetch(`${url}/readyz`)).ok) await wait(readyPollMs);
    if (child.pid === undefined) throw new Error('The auditlogger has no process number.');
    return { pid: child.pid, url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Of its log, which is read on to the end. */
function readUrl(log: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve) => {
    createInterface(log).on('line', (line) => {
      const [, url] = /"url":"(http[^"]+)"/.exec(line) ?? [];
      if (url !== undefined) resolve(url);
    });
  });
}
