import { statfs } from 'node:fs/promises';
import {
  askDatabaseState,
  isDatabaseAway,
  readDatabaseAddress,
  readLiveFill,
  readSchemaVersion,
  schemaVersion,
  SnoopDbError,
} from '@snoop/snoopdb';
import type { DatabaseState, LiveFill } from '@snoop/snoopdb';
import { openDatabase } from '../cluster-choice/open-database.ts';
import type { FoundDatabase } from '../cluster-choice/open-database.ts';
import { createLayout } from '../control-plane/layout.ts';
import { SnoopError } from '../errors.ts';
import { formatAge, formatBytes } from '../output/quantities.ts';
import { explainConnection } from './connection-error.ts';
import { notChecked, ok, wrong } from './finding.ts';
import type { Finding } from './finding.ts';
import { onlyFinding } from './station.ts';
import type { Station, StationInput, StationResult } from './station.ts';

/** A new database of the embedded PostgreSQL needs about this for its log and a few partitions. */
const leastFreeBytes = 512 << 20;
/** Upkeep drops whole partitions, each a sixteenth of the bounds. */
const allowedShare = 1.25;

/** Whether SnoopDB answers, has this program's schema, and has room. Its schema is not migrated. */
export const snoopdbStation: Station = {
  name: 'snoopdb',
  limitMs: () => 30_000,
  async check(input) {
    const { options, facts, secrets, onEnd } = input;
    const { databaseUrl, environment, stateFolder, progress } = options;
    secrets.addUrl(databaseUrl);
    secrets.addUrl(environment.databaseUrl);
    secrets.addUrl(facts.target?.stateCluster?.snoopdb.url);
    secrets.add(environment.forPrograms.PGPASSWORD);
    if (!facts.target && databaseUrl === undefined && environment.databaseUrl === null) {
      return onlyFinding(notChecked('neither a cluster nor a SnoopDB is named'));
    }
    const target = facts.target ?? null;
    const user = 'snoop doctor';
    let database: FoundDatabase;
    try {
      database = await openDatabase({
        ...{ target, databaseUrl, environment, stateFolder, user, progress },
        migrate: false,
      });
    } catch (error) {
      return onlyFinding(explainOpening(error, target?.server ?? ''));
    }
    onEnd(() => database.release());
    const address = describeAddress(database.url);
    try {
      return await inspect(input, database, address);
    } catch (error) {
      return onlyFinding(explainQuery(error, address));
    }
  },
};

async function inspect(
  { options, facts }: StationInput,
  database: FoundDatabase,
  address: string,
): Promise<StationResult> {
  const { pool } = database;
  const version = await readSchemaVersion(pool);
  const state = await askDatabaseState(pool);
  const databaseVersion = { text: state.serverVersion, number: state.serverVersionNumber };
  if (version !== schemaVersion) {
    return { findings: [explainSchema(version, address)], facts: { databaseVersion } };
  }
  const fill = await readLiveFill(pool);
  const space = facts.target?.stateCluster?.snoopdb.embedded
    ? await checkDisk(createLayout(options.stateFolder).snoopdb)
    : null;
  const found = [...checkState(state, address), ...(space?.findings ?? []), ...checkFill(fill)];
  const summary = `${address} answers: schema ${version}, ${formatBytes(state.bytes)}${space ? `, ${formatBytes(space.free)} free` : ''}; ${describeFill(fill)}`;
  return { findings: found.length > 0 ? found : [ok(summary)], facts: { database, databaseVersion } };
}

function checkState({ isReadOnly, mayAddRuns, role }: DatabaseState, address: string): Finding[] {
  if (isReadOnly) return [wrong('database_read_only', { address })];
  return mayAddRuns === true ? [] : [wrong('database_rights', { role })];
}

async function checkDisk(folder: string): Promise<{ free: number; findings: Finding[] }> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const findings = free < leastFreeBytes ? [wrong('disk_full', { free: formatBytes(free), folder })] : [];
  return { free, findings };
}

function checkFill({ rows, bytes, bounds, named }: LiveFill): Finding[] {
  if (bounds === null) return [];
  const findings: Finding[] = [];
  if (rows > bounds.maxRows * allowedShare || bytes > bounds.maxBytes * allowedShare) {
    const [maxRows, maxSize] = [bounds.maxRows.toLocaleString('en'), formatBytes(bounds.maxBytes)];
    const values = { rows: rows.toLocaleString('en'), size: formatBytes(bytes), maxRows, maxSize };
    findings.push(wrong('live_table_full', values));
  }
  if (named.sources >= bounds.maxSources || named.hits >= bounds.maxHits) findings.push(wrong('sources_full', named));
  return findings;
}

function describeFill({ rows, bytes, oldestAt, bounds, rejected }: LiveFill): string {
  const share = bounds === null ? '' : ` of ${bounds.maxRows.toLocaleString('en')}`;
  const age =
    oldestAt === null ? '' : `, the oldest ${formatAge(Math.max(0, Date.now() - oldestAt.getTime()) / 1000)} old`;
  const refused = rejected.rows === 0 ? '' : `, ${rejected.rows.toLocaleString('en')} rejected`;
  return `about ${rows.toLocaleString('en')}${share} live events in ${formatBytes(bytes)}${age}${refused}`;
}

function explainSchema(version: number, address: string): Finding {
  if (version === 0) return wrong('schema_missing', { address });
  if (version < schemaVersion) return wrong('schema_older', { version, wanted: schemaVersion });
  return wrong('schema_unknown', { why: `version ${version} is newer than ${schemaVersion}` });
}

function explainOpening(error: unknown, server: string): Finding {
  if (error instanceof SnoopDbError && error.code === 'bad_database_url') {
    return wrong('database_address', { why: error.message });
  }
  if (error instanceof SnoopError && error.code === 'no_database') {
    return wrong('no_database', { server }, error.advice);
  }
  throw error;
}

/** Codes of PostgreSQL for a wrong role, password or database. */
const refusals = new Set(['28P01', '28000', '3D000']);

function explainQuery(error: unknown, address: string): Finding {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const { why } = explainConnection(error);
  if (code === 'schema_differs') return wrong('schema_unknown', { why });
  if (isDatabaseAway(error)) return wrong('database_away', { address, why });
  if (refusals.has(code) || /requires a password/.test(why)) return wrong('database_refuses', { address, why });
  throw error;
}

/** Host, port and name, without user and password. */
function describeAddress(url: string): string {
  const { host, port, database } = readDatabaseAddress(url);
  return `${host}:${port}/${database}`;
}
