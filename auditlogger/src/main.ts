import { toError, waitAtMost } from '@snoop/snoopdb';
import { SnoopError } from '@snoop/snoopdb/command-line';
import type { Logger } from 'pino';
import type { Backlog } from './backlog.ts';
import type { Config } from './config.ts';
import { readConfig } from './config.ts';
import { type Credentials, openCredentials } from './credentials/credentials.ts';
import { createIntake } from './intake.ts';
import { createLog } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { type MetricsServer, startMetricsServer } from './metrics-server.ts';
import { createRefusalLog } from './refusal-log.ts';
import { keepRejectedBodies } from './rejected-bodies.ts';
import { startServer } from './server.ts';
import { createMetricsRoutes, createSideRoutes } from './side-routes.ts';
import { openSpool, withSpool } from './spool/index.ts';
import { openStore, type Store } from './store.ts';
import { startUpkeep } from './upkeep.ts';
import { version } from './version.ts';

type ExitCode = 0 | 2 | 3;

/**
 * How long closing the database may take: everything has been answered by then, and shutdown has to fit into ten seconds.
 */
const closeMs = 1200;

/**
 * Runs the program: reads the configuration, serves until a signal, shuts down.
 * @param argv the arguments without node and the script
 */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  let config: Config | string;
  try {
    config = readConfig(argv);
  } catch (error) {
    if (!(error instanceof SnoopError)) throw error;
    process.stderr.write(`auditlogger: ${[error.message, ...error.advice].join(' ')}\n`);
    return 2;
  }
  if (typeof config === 'string') {
    process.stdout.write(config);
    return 0;
  }
  const log = createLog(config);
  const signalled = awaitSignal();
  try {
    const credentials = await openCredentials(config, log);
    try {
      await serve({ config, credentials, signalled, log });
    } finally {
      credentials.close();
    }
    log.info('stopped');
    return 0;
  } catch (error) {
    // Also as plain text, for people who start the program in a terminal.
    const { message } = toError(error);
    log.fatal({ reason: message }, 'exiting after an error');
    process.stderr.write(`auditlogger: ${message}\n`);
    return 3;
  }
}

/** Serves until the signal. @throws when it cannot listen, or can never use this database or spool */
async function serve(options: {
  config: Config;
  credentials: Credentials;
  signalled: Promise<NodeJS.Signals>;
  log: Logger;
}): Promise<void> {
  const { config, credentials, signalled, log } = options;
  const { databaseUrl, source, limits } = config;
  const metrics = createMetrics();
  const opening = openStores(config, metrics, log);
  const opened = await Promise.race([opening, signalled]);
  if (typeof opened === 'string') {
    log.info({ signal: opened }, 'stopping');
    // Opening may be waiting for the spool's lock; if it succeeds after all, close it.
    opening.then(({ store }) => store.close()).catch(() => {});
    return;
  }
  const { database, store, readBacklog } = opened;
  // A spooled body may have been committed long ago: its ledger entry must stay.
  const keepsLedger = (): boolean => (readBacklog()?.bodies ?? 0) > 0;
  const upkeep = startUpkeep({ databaseUrl, bounds: config.liveBounds, store: database, keepsLedger, log });
  const rejectedBodies = keepRejectedBodies(database, log);
  try {
    const refusals = createRefusalLog(log);
    const intake = createIntake({ store, rejectedBodies, refusals, metrics, limits, log });
    let isStopping = false;
    const sideRoutes = createSideRoutes({
      version,
      checkAvailability: async () =>
        isStopping ? { kind: 'shutting down', detail: 'shutting down' } : store.checkAvailability(),
      readBacklog,
      isKnown: credentials.isKnown,
      metrics: config.metricsListen === null ? metrics : null,
    });
    const server = await startServer({
      ...config.listen,
      source,
      maxConnections: limits.connections,
      intake,
      credentials,
      metrics,
      refusals,
      sideRoutes,
    });
    metrics.watch({
      queue: () => intake.queue,
      spool: readBacklog,
      ready: () => database.unavailableReason === null,
      connections: () => server.connections,
      named: () => ({ ...upkeep.named, limits: config.liveBounds }),
    });
    let metricsServer: MetricsServer | null = null;
    try {
      if (config.metricsListen !== null) {
        const routes = createMetricsRoutes(metrics);
        metricsServer = await startMetricsServer({ ...config.metricsListen, credentials, routes });
        log.info({ url: metricsServer.url }, 'serving /metrics');
      }
      log.info({ url: server.url, source }, 'listening');
      const signal = await Promise.race([signalled, database.ended]);
      log.info({ signal }, 'stopping');
      isStopping = true;
      await server.awaitSendersDisconnected(config.shutdownDelayMs);
    } finally {
      isStopping = true;
      await server.close();
      await metricsServer?.close();
    }
  } finally {
    const closed = Promise.all([upkeep.stop(), rejectedBodies.close().then(() => store.close())]);
    await waitAtMost(closeMs, closed);
  }
}

/** Opens the database store and, when configured, the spool in front of it. */
async function openStores(
  { databaseUrl, source, spool: place, liveBounds: limits }: Config,
  metrics: Metrics,
  log: Logger,
): Promise<{ database: Store; store: Store; readBacklog: () => Backlog | null }> {
  if (place !== null) log.info({ folder: place.folder }, 'opening the spool');
  const spool = place === null ? null : await openSpool({ ...place, log });
  const database = openStore({ databaseUrl, source, limits, log });
  // Awaited later; an early rejection must not count as unhandled.
  database.ended.catch(() => {});
  if (spool === null) return { database, store: database, readBacklog: () => null };
  const store = await withSpool(database, spool, { log, metrics, maxSources: limits.maxSources });
  return { database, store, readBacklog: () => store.backlog };
}

/** Waits for SIGTERM or SIGINT; a second signal ends the process at once. */
function awaitSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });
}
