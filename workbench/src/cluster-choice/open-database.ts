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

/** The SnoopDB of a command, ready to be asked. */
export interface OpenDatabase {
  readonly pool: Pool;
  /** Tells databases apart, without a password: where a run's journal is imported. */
  readonly key: string;
  /** Closes the connections, and stops the server when this command was the last that needed it. */
  release(): Promise<void>;
}

/** One that was found, and where. */
export interface FoundDatabase extends OpenDatabase {
  /** Its address, with the password. */
  readonly url: string;
  /** Whether this command had to start its server, which release() then stops. */
  readonly startedHere: boolean;
}

export interface DatabaseChoice {
  /** null: a question that needs no cluster. */
  readonly target: Target | null;
  /** `--database-url`. */
  readonly databaseUrl: string | undefined;
  readonly environment: Environment;
  readonly stateFolder: string;
  /** Who uses the database, for people: `snoop report`. */
  readonly user: string;
  readonly progress: Progress;
  /** false: its schema stays as it is. */
  readonly migrate?: boolean;
  /**
   * Where no SnoopDB is named and the state folder has none: `make` one there, for commands that fill it; ask the
   * `shipped data` in a database of the user's cache; else refuse. Nobody gets a database by surprise.
   */
  readonly ifMissing?: 'create' | 'shipped data';
}

const embeddedKey = 'embedded';
const shippedKey = 'shipped';

/** More than a living server needs to say goodbye. */
const closeWithinMs = 2_000;

/**
 * Opens the SnoopDB that belongs to a target: the flag's; for the state folder's cluster its own; else `DATABASE_URL`; else
 * the state folder's server, started when it does not run. Its schema is brought to this program's.
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

/** A server that this command would have to start gets events from nobody. */
function createClusterError({ target, stateFolder }: DatabaseChoice): SnoopError {
  return new SnoopError('no_database', `No SnoopDB gets the audit events of ${target?.server}: none is named.`, {
    exitCode: 2,
    advice: [
      "Name the one that the cluster's auditlogger writes into: --database-url URL or DATABASE_URL.",
      `No SnoopDB runs in ${stateFolder} either. 'snoop up' starts a cluster with its own; 'snoop sink' writes what another cluster needs.`,
    ],
  });
}

function createMissingError({ user, stateFolder }: DatabaseChoice): SnoopError {
  return new SnoopError('no_database', `There is no SnoopDB in ${stateFolder}, and '${user}' makes none.`, {
    exitCode: 2,
    advice: [
      "'snoop up' starts a cluster with its SnoopDB; 'snoop load baseline' makes a SnoopDB with what ships.",
      'Or name another one: --database-url URL, DATABASE_URL, --state DIR.',
    ],
  });
}

/** null: the state folder's own server, which has to be acquired. */
async function chooseAddress(choice: DatabaseChoice, folder: string): Promise<{ url: string; key: string } | null> {
  const { databaseUrl, target, environment } = choice;
  if (databaseUrl !== undefined) return { url: databaseUrl, key: formatDatabaseAddress(databaseUrl) };
  if (target?.stateCluster) {
    const { url, embedded } = target.stateCluster.snoopdb;
    return { url, key: embedded ? embeddedKey : formatDatabaseAddress(url) };
  }
  if (environment.databaseUrl === null) return null;
  // The line that `snoop up` printed may still stand in the shell when its server was stopped long ago.
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
      advice: [error instanceof Error ? error.message : String(error), "'snoop status' says what runs here."],
    });
  }
}

/** A frozen server neither answers nor closes: its connections would keep this process alive for good. */
function trackConnections(pool: Pool): () => Promise<void> {
  const open = new Set<PoolClient>();
  pool.on('connect', (client) => void open.add(client));
  pool.on('remove', (client) => void open.delete(client));
  return async () => {
    await waitAtMost(closeWithinMs, pool.end());
    // A client with a query on its way cuts its connection when it is ended.
    for (const client of open) if ('end' in client && typeof client.end === 'function') void client.end();
  };
}

/** Host, port and name of a database, without user and password. @throws SnoopDbError `bad_database_url` */
function formatDatabaseAddress(url: string): string {
  const { host, port, database } = readDatabaseAddress(url);
  return `${host === 'localhost' ? '127.0.0.1' : host}:${port}/${database}`;
}
