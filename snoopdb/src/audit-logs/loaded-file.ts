import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { LoadInput } from '../inputs/input.ts';
import { type Pool, type PoolClient, type Queryable, withClient, withTransaction } from '../postgres/database.ts';
import { loadExclusive } from '../postgres/locks.ts';
import { thisProcess } from '../processes/process-identity.ts';

/** The outcomes of a file's events. */
export interface EventCounts {
  /** Events, and lines that are not events. */
  read: number;
  stored: number;
  /** Stored events with an endpoint. */
  resolved: number;
  /** Lines that are not events, and events that PostgreSQL refused. */
  rejected: number;
}

/** A file of audit events that was read to its end. */
export interface ReadFile {
  input: LoadInput;
  release: string;
  source: string;
  sha256: Buffer;
  /** Unpacked. */
  bytes: number;
}

export function eventTableName(file: number): string {
  return `public.audit_event_${file}`;
}

export function rejectedTableName(file: number): string {
  return `public.rejected_event_${file}`;
}

/** An earlier load of the same content. */
export interface EarlierLoad {
  /** The id of the file. */
  file: number;
  /** The file's name in that load. */
  name: string;
  source: string;
}

/** Finds the load of this content for this release. */
export async function findEarlierLoad(client: Queryable, release: string, sha256: Buffer): Promise<EarlierLoad | null> {
  const found = await client.query<EarlierLoad>(
    `select id as file, name, coalesce(source, '') as source from public.loaded_file where what = 'audit' and state = 'loaded' and release = $1 and sha256 = $2`,
    [release, sha256],
  );
  return found.rows[0] ?? null;
}

/** Like {@link findEarlierLoad} before reading: hashes the input only if a file of its size was loaded. */
export async function findEarlierLoadOf(
  pool: Pool,
  input: LoadInput,
  release: string,
  signal: AbortSignal | undefined,
  onCut: () => void,
): Promise<EarlierLoad | null> {
  if (input.bytes === null || !input.isRepeatable) return null;
  const alike = await pool.query(
    `select from public.loaded_file
      where what = 'audit' and state = 'loaded' and release = $1 and (bytes = $2 or raw_bytes = $2) limit 1`,
    [release, input.bytes],
  );
  if (alike.rowCount === 0) return null;
  const hash = createHash('sha256');
  for await (const piece of input.open(signal, onCut)) hash.update(piece);
  return findEarlierLoad(pool, release, hash.digest());
}

/**
 * Inserts a small file, within the transaction that stores its events. Waits for another transaction that is storing
 * the same file.
 * @returns its id; null if it exists already
 */
export async function recordSmallFile(client: PoolClient, file: ReadFile): Promise<number | null> {
  const inserted = await client.query<{ id: number }>(
    `insert into public.loaded_file (what, name, release, source, sha256, bytes, raw_bytes, part, process)
     values ('audit', $1, $2, $3, $4, $5, $6, 0, $7)
     on conflict (release, sha256) where what = 'audit' and state = 'loaded' do nothing returning id`,
    [file.input.name, file.release, file.source, file.sha256, file.bytes, readRawBytes(file.input), describeProcess()],
  );
  return inserted.rows[0]?.id ?? null;
}

export async function recordCounts(client: PoolClient, file: number, counts: EventCounts): Promise<void> {
  await client.query(
    `update public.loaded_file set read = $2, stored = $3, resolved = $4, rejected = $5, loaded_at = clock_timestamp()
      where id = $1`,
    [file, counts.read, counts.stored, counts.resolved, counts.rejected],
  );
}

/** Marks the coverage of a release as incomplete, for this reason beside others. */
export async function markIncomplete(client: PoolClient, release: string, reason: string): Promise<void> {
  await client.query(
    `update public.release_data set incomplete = concat_ws(' ', incomplete, $2::text)
      where release = $1 and strpos(coalesce(incomplete, ''), $2) = 0`,
    [release, reason],
  );
}

/**
 * Records that a large file is being loaded, acquires its lock, and creates its tables, which views do not include yet.
 */
export async function startLargeFile(
  client: PoolClient,
  file: Pick<ReadFile, 'input' | 'release' | 'source'>,
): Promise<number> {
  const taken = await client.query<{ id: string }>(
    `select nextval(pg_get_serial_sequence('public.loaded_file', 'id')) as id`,
  );
  const id = Number(taken.rows[0]?.id);
  // Before the row is visible: a row without its lock counts as a dead load.
  await client.query(loadExclusive(id).lock);
  await client.query('begin');
  try {
    await client.query(
      `insert into public.loaded_file (id, what, name, release, source, part, state, process, loaded_at)
       overriding system value values ($1, 'audit', $2, $3, $4, $1, 'loading', $5, null)`,
      [id, file.input.name, file.release, file.source, describeProcess()],
    );
    // With this check, PostgreSQL attaches the table without scanning it.
    await client.query(
      `create table ${eventTableName(id)}
         (like public.audit_event including defaults including comments, primary key (id), check (part = ${id}));
       comment on table ${eventTableName(id)} is 'The part of public.audit_event for one large file, see public.loaded_file';
       create table ${rejectedTableName(id)} (like public.rejected_event including comments);
       alter table ${rejectedTableName(id)} drop column id;
       comment on table ${rejectedTableName(id)} is 'The rejected events of a file while it is being loaded'`,
    );
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    await unlockFile(client, id);
    throw error;
  }
  return id;
}

/** Attaches a large file's table, within the transaction that stores its hits. */
export async function finishLargeFile(
  client: PoolClient,
  id: number,
  file: ReadFile,
  counts: EventCounts,
): Promise<void> {
  await client.query(
    `update public.loaded_file set state = 'loaded', sha256 = $2, bytes = $3, raw_bytes = $4 where id = $1`,
    [id, file.sha256, file.bytes, readRawBytes(file.input)],
  );
  await recordCounts(client, id, counts);
  const columns =
    'file, line, byte_offset, raw, reason, sqlstate, audit_id, stage, verb, request_uri, useragent, test, code, endpoint, is_dry_run, is_hit, unresolved_reason';
  await client.query(
    `insert into public.rejected_event (${columns}) select ${columns} from ${rejectedTableName(id)} order by line, byte_offset`,
  );
  await client.query(`drop table ${rejectedTableName(id)}`);
  await client.query(`alter table public.audit_event attach partition ${eventTableName(id)} for values in (${id})`);
}

/** Removes a large file that was not loaded completely. */
export async function dropLargeFile(pool: Pool, id: number): Promise<void> {
  await withTransaction(pool, async (client) => {
    const deleted = await client.query(`delete from public.loaded_file where id = $1 and state = 'loading'`, [id]);
    if (deleted.rowCount === 0) return;
    await client.query(`drop table if exists ${eventTableName(id)}, ${rejectedTableName(id)}`);
  });
}

/** Releases the lock of a large file. If this fails, the connection is lost and with it the lock. */
export async function unlockFile(client: PoolClient, id: number): Promise<void> {
  await client.query(loadExclusive(id).unlock).catch(() => {});
}

/** Removes what killed loads have left. A load on any machine is alive while it holds its lock. */
export async function removeDeadLoads(pool: Pool): Promise<void> {
  const found = await pool.query<{ id: number }>(
    `select id from public.loaded_file where state = 'loading' and what = 'audit' order by id`,
  );
  for (const { id } of found.rows) {
    const isDead = await withClient(pool, async (client) => {
      const taken = await client.query<{ taken: boolean }>(loadExclusive(id).tryLock);
      if (taken.rows[0]?.taken) await unlockFile(client, id);
      return taken.rows[0]?.taken ?? false;
    });
    if (isDead) await dropLargeFile(pool, id);
  }
}

function readRawBytes(input: LoadInput): number {
  return input.bytes ?? input.rawBytesRead();
}

function describeProcess(): string {
  return JSON.stringify({ host: hostname(), ...thisProcess() });
}
