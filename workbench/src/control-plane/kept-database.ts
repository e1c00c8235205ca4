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
  /** Where it is. */
  readonly url: string;
  /** Rejects when it crashes too often; never resolves. */
  readonly failed: Promise<never>;
  /** Gives it back; it stops unless somebody else uses it. */
  stop(): Promise<void>;
}

export interface KeepDatabaseOptions {
  readonly layout: Layout;
  readonly events: PartEvents;
  /** Asked before it is started again: not in a folder that was removed. */
  isWanted(): boolean;
  onProgress(text: string): void;
  /** Called when it came back with another address. */
  moved(url: string): void;
}

/**
 * Starts the state folder's PostgreSQL, or joins it where it runs, and starts it again when it crashes. It is nobody's child,
 * so it is looked at instead of waited for.
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

  /** A server whose folder was removed by hand is nobody's any more, and its users' list is gone: it cannot be given back. */
  async function endOrphan(): Promise<void> {
    // SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for connections to end by themselves.
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
      events.crashed('SnoopDB (PostgreSQL) is gone; it is started again');
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
