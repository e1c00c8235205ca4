import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { acquireEmbeddedServer, endProcess, identifyProcess, inspectEmbeddedServer } from '@snoop/snoopdb';
import type { EmbeddedServer, ProcessIdentity } from '@snoop/snoopdb';
import { createCrashCounter } from './crash-counter.ts';
import { createDeferred } from './deferred.ts';
import { createLogError } from './kept-process.ts';
import type { PartEvents } from './kept-process.ts';
import type { Layout } from './layout.ts';

const watchMs = 500;
const orphanTimeoutMs = 10_000;

/** The state's own SnoopDB, kept running. */
export interface KeptDatabase {
  readonly url: string;
  /** Rejects when it crashes too often; never resolves. */
  readonly failed: Promise<never>;
  /** Releases it; it stops unless another process uses it. */
  stop(): Promise<void>;
}

export interface KeepDatabaseOptions {
  readonly layout: Layout;
  readonly events: PartEvents;
  /** Called before a restart: false when the folder was removed. */
  isWanted(): boolean;
  onProgress(text: string): void;
  /** Called when a restart changed its address. */
  moved(url: string): void;
}

/**
 * Starts the state folder's PostgreSQL, or joins a running one, and restarts it when it crashes. It is not a child
 * process, so it is polled.
 */
export async function keepDatabase({
  layout,
  events,
  isWanted,
  onProgress,
  moved,
}: KeepDatabaseOptions): Promise<KeptDatabase> {
  const acquire = (): Promise<EmbeddedServer> =>
    acquireEmbeddedServer({ folder: layout.snoopdb, user: 'snoop up', onProgress });
  let server = await acquire();
  let postmaster: ProcessIdentity | null = null;
  let restarts = 0;
  await recordStart();
  const crashes = createCrashCounter();
  const stopping = new AbortController();
  const failed = createDeferred<never>();

  async function recordStart(): Promise<void> {
    const found = await inspectEmbeddedServer(layout.snoopdb);
    if (!found?.running || found.pid === null) return;
    postmaster = identifyProcess(found.pid);
    if (postmaster)
      events.started({ ...postmaster, startedAt: (found.startedAt ?? new Date()).toISOString(), restarts });
  }

  /** Ends a server whose folder was deleted: its list of users is gone, so it cannot be released. */
  async function endOrphan(): Promise<void> {
    // SIGINT is PostgreSQL's fast shutdown; with SIGTERM it would wait for its clients.
    if (postmaster && !existsSync(layout.snoopdb)) await endProcess(postmaster, orphanTimeoutMs, 'SIGINT');
  }

  async function watch(): Promise<void> {
    for (;;) {
      await wait(watchMs, undefined, { signal: stopping.signal });
      const found = await inspectEmbeddedServer(layout.snoopdb);
      if (found?.running) continue;
      stopping.signal.throwIfAborted();
      if (!isWanted()) return;
      const pauseMs = crashes.count();
      if (pauseMs === null) {
        throw createLogError('SnoopDB (PostgreSQL) crashed five times within a minute.', server.logFile);
      }
      events.crashed('SnoopDB (PostgreSQL) is gone; restarting it');
      await wait(pauseMs, undefined, { signal: stopping.signal });
      restarts += 1;
      const { url } = server;
      await server.release();
      server = await acquire();
      await recordStart();
      if (server.url !== url) moved(server.url);
    }
  }

  const watched = watch().catch((error: unknown) => {
    if (!stopping.signal.aborted) failed.reject(error);
  });
  return {
    get url() {
      return server.url;
    },
    failed: failed.promise,
    async stop() {
      stopping.abort();
      await watched;
      await server.release();
      await endOrphan();
    },
  };
}
