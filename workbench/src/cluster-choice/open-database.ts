import { join } from 'node:path';
import {
  acquireEmbeddedServer,
  hasEmbeddedDatabase,
  inspectEmbeddedServer,
  isDatabaseAway,
  migrate,
  openPool,
  readDatabaseAddress,
  SnoopDbError,
  waitAtMost,
} from '@snoop/snoopdb';
import type { Pool, PoolClient } from '@snoop/snoopdb';
import type { Environment } from '../environment.ts';
import { SnoopError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import type { Target } from './select-target.ts';
import { prepareShippedFolder } from './shipped-database.ts';
import { createStateFolder } from '../state-folder.ts';

/** A SnoopDB opened for a command. */
export interface OpenDatabase {
  readonly pool: Pool;
  /** Identifies the database without a password; a run's journal is imported only there. */
  readonly key: string;
  /** Closes the connections, and stops the server if no other command uses it. */
  release(): Promise<void>;
}

export interface FoundDatabase extends OpenDatabase {
  /** With the password. */
  readonly url: string;
  /** Whether this command started its server, which release() then stops. */
  readonly startedHere: boolean;
}

export interface DatabaseChoice {
  /** null for a question without a cluster. */
  readonly target: Target | null;
  /** `--database-url`. */
  readonly databaseUrl: string | undefined;
  readonly environment: Environment;
  readonly stateFolder: string;
  /** The command that uses the database: `snoop report`. */
  readonly user: string;
  readonly progress: Progress;
  /** false: do not migrate the schema. */
  readonly migrate?: boolean;
  /**
   * What to do when no SnoopDB is named and the state folder has none: `create` one there (commands that fill it),
   * use the `shipped data` in a database of the user's cache, or by default fail.
   */
  readonly ifMissing?: 'create' | 'shipped data';
}

const embeddedKey = 'embedded';
/** The key of the database with the shipped data. */
export const shippedKey = 'shipped';

/** More than a healthy server needs to close its connections. */
const closeWithinMs = 2_000;

/**
 * Opens the SnoopDB of a target: the flag's; for the state folder's cluster its own; else `DATABASE_URL`; else the
 * state folder's server, started if necessary. Migrates its schema.
 *
 * @throws SnoopError `no_database`, `no_cache`, `database_away`; SnoopDbError `schema_newer`, `schema_differs`
 */
export async function openDatabase(choice: DatabaseChoice): Promise<FoundDatabase> {
  const folder = join(choice.stateFolder, 'snoopdb');
  const address = await chooseAddress(choice, folder);
  if (address !== null) return connect(choice, { ...address, startedHere: false }, async () => {});
  const ran = (await inspectEmbeddedServer(folder))?.running === true;
  if (choice.ifMissing === undefined && choice.target?.kind === 'named' && !ran) throw createClusterError(choice);
  if (choice.ifMissing === 'create' || (await hasEmbeddedDatabase(folder))) {
    createStateFolder(choice.stateFolder);
    return startEmbedded(choice, { folder, key: embeddedKey, startedHere: !ran });
  }
  if (choice.ifMissing === undefined) throw createMissingError(choice);
  const shipped = await prepareShippedFolder(choice.environment);
  return startEmbedded(choice, { folder: shipped, key: shippedKey, startedHere: false });
}

async function startEmbedded(
  choice: DatabaseChoice,
  { folder, ...place }: { readonly folder: string; readonly key: string; readonly startedHere: boolean },
): Promise<FoundDatabase> {
  const server = await choice.progress.step('starting SnoopDB', (update) =>
    acquireEmbeddedServer({ folder, user: choice.user, onProgress: update }),
  );
  return connect(choice, { url: server.url, ...place }, () => server.release());
}

/** A server that this command would have to start receives no events. */
function createClusterError({ target, stateFolder }: DatabaseChoice): SnoopError {
  return new SnoopError('no_database', `No SnoopDB is named for the audit events of ${target?.server}.`, {
    exitCode: 2,
    advice: [
      "Name the one that the cluster's auditlogger writes to: --database-url URL or DATABASE_URL.",
      `No SnoopDB runs in ${stateFolder} either. 'snoop up' starts a cluster with a SnoopDB; 'snoop sink' writes what another cluster needs.`,
    ],
  });
}

function createMissingError({ user, stateFolder }: DatabaseChoice): SnoopError {
  return new SnoopError('no_database', `There is no SnoopDB in ${stateFolder}, and '${user}' does not create one.`, {
    exitCode: 2,
    advice: [
      "'snoop up' starts a cluster with a SnoopDB; 'snoop load baseline' creates a SnoopDB with the shipped data.",
      'Or use another one: --database-url URL, DATABASE_URL, --state DIR.',
    ],
  });
}

/** null: the state folder's server, which must be acquired. */
async function chooseAddress(choice: DatabaseChoice, folder: string): Promise<{ url: string; key: string } | null> {
  const { databaseUrl, target, environment } = choice;
  if (databaseUrl !== undefined) return { url: databaseUrl, key: formatDatabaseAddress(databaseUrl) };
  if (target?.stateCluster) {
    const { url, embedded } = target.stateCluster.snoopdb;
    return { url, key: embedded ? embeddedKey : formatDatabaseAddress(url) };
  }
  if (environment.databaseUrl === null) return null;
  // The shell may still have the DATABASE_URL that `snoop up` printed, long after that server stopped.
  const own = await inspectEmbeddedServer(folder);
  if (own !== null && formatDatabaseAddress(own.url) === formatDatabaseAddress(environment.databaseUrl)) return null;
  return { url: environment.databaseUrl, key: formatDatabaseAddress(environment.databaseUrl) };
}

async function connect(
  choice: DatabaseChoice,
  place: Pick<FoundDatabase, 'url' | 'key' | 'startedHere'>,
  releaseServer: () => Promise<void>,
): Promise<FoundDatabase> {
  const pool = openPool(place.url, { applicationName: choice.user, max: 4 });
  const closePool = trackConnections(pool);
  const release = async (): Promise<void> => {
    await closePool();
    await releaseServer();
  };
  try {
    if (choice.migrate !== false) await migrate(pool);
    return { pool, ...place, release };
  } catch (error) {
    await release();
    if (!isDatabaseAway(error)) throw error;
    const what = error instanceof SnoopDbError && error.code === 'tls_failed' ? 'cannot be used' : 'does not answer';
    throw new SnoopError('database_away', `SnoopDB at ${formatDatabaseAddress(place.url)} ${what}.`, {
      cause: error,
      advice: [error instanceof Error ? error.message : String(error), "'snoop status' shows what runs here."],
    });
  }
}

/** Tracks the pool's clients: connections to a frozen server would otherwise keep this process alive. */
function trackConnections(pool: Pool): () => Promise<void> {
  const open = new Set<PoolClient>();
  pool.on('connect', (client) => void open.add(client));
  pool.on('remove', (client) => void open.delete(client));
  return async () => {
    await waitAtMost(closeWithinMs, pool.end());
    // Ending a client with a pending query cuts its connection.
    for (const client of open) if ('end' in client && typeof client.end === 'function') void client.end();
  };
}

/** Host, port and name of a database, without user and password. @throws SnoopDbError `bad_database_url` */
function formatDatabaseAddress(url: string): string {
  const { host, port, database } = readDatabaseAddress(url);
  return `${host === 'localhost' ? '127.0.0.1' : host}:${port}/${database}`;
}
