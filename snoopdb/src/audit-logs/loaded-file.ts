import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { LoadInput } from '../inputs/input.ts';
import { type Pool, type PoolClient, type Queryable, withClient, withTransaction } from '../postgres/database.ts';
import { loadExclusive } from '../postgres/locks.ts';
import { thisProcess } from '../processes/process-identity.ts';

/** What became of the events of a file. */
export interface EventCounts {
  /** Events, and lines that are none. */
  read: number;
  stored: number;
  /** Of the stored ones. */
  resolved: number;
  /** Lines that are no event, and events that PostgreSQL refused. */
  putAside: number;
}

/** A file of audit events whose content is known. */
export interface KnownFile {
  input: LoadInput;
  release: string;
  source: string;
  sha256: Buffer;
  /** Unpacked. */
  bytes: number;
}

export function nameEventTable(file: number): string {
  return `public.audit_event_${file}`;
}

export function nameRejectTable(file: number): string {
  return `public.rejected_event_${file}`;
}

/** A load that has brought a file's content. */
export interface LoadedBefore {
  /** Its number. */
  file: number;
  /** As the file was named then. */
  name: string;
  source: string;
}

/** The load that has brought this content for this release; null: none has. */
export async function findLoaded(client: Queryable, release: string, sha256: Buffer): Promise<LoadedBefore | null> {
  const found = await client.query<LoadedBefore>(
    `select id as file, name, coalesce(source, '') as source from public.loaded_file where what = 'audit' and state = 'loaded' and release = $1 and sha256 = $2`,
    [release, sha256],
  );
  return found.rows[0] ?? null;
}

/** The same before it is loaded: the content is hashed only when a file of that size was loaded. */
export async function findLoadedInput(
  pool: Pool,
  input: LoadInput,
  release: string,
  signal: AbortSignal | undefined,
  onCut: () => void,
): Promise<LoadedBefore | null> {
  if (input.bytes === null || !input.isRepeatable) return null;
  const alike = await pool.query(
    `select from public.loaded_file
      where what = 'audit' and state = 'loaded' and release = $1 and (bytes = $2 or raw_bytes = $2) limit 1`,
    [release, input.bytes],
  );
  if (alike.rowCount === 0) return null;
  const hash = createHash('sha256');
  for await (const piece of input.open(signal, onCut)) hash.update(piece);
  return findLoaded(pool, release, hash.digest());
}

/**
 * Notes a small file, within the transaction that stores its events. When somebody else is just storing the same one
 * this waits for its end.
 * @returns its number; null when it is there already
 */
export async function noteSmallFile(client: PoolClient, file: KnownFile): Promise<number | null> {
  const noted = await client.query<{ id: number }>(
    `insert into public.loaded_file (what, name, release, source, sha256, bytes, raw_bytes, part, process)
     values ('audit', $1, $2, $3, $4, $5, $6, 0, $7)
     on conflict (release, sha256) where what = 'audit' and state = 'loaded' do nothing returning id`,
    [file.input.name, file.release, file.source, file.sha256, file.bytes, rawBytesOf(file.input), describeProcess()],
  );
  return noted.rows[0]?.id ?? null;
}

export async function noteCounts(client: PoolClient, file: number, counts: EventCounts): Promise<void> {
  await client.query(
    `update public.loaded_file set read = $2, stored = $3, resolved = $4, rejected = $5, loaded_at = clock_timestamp()
      where id = $1`,
    [file, counts.read, counts.stored, counts.resolved, counts.putAside],
  );
}

/** Notes that a large file is being loaded, takes its lock, and makes its tables, which nobody sees yet. */
export async function beginLargeFile(
  client: PoolClient,
  file: Pick<KnownFile, 'input' | 'release' | 'source'>,
): Promise<number> {
  const taken = await client.query<{ id: string }>(
    `select nextval(pg_get_serial_sequence('public.loaded_file', 'id')) as id`,
  );
  const id = Number(taken.rows[0]?.id);
  // Before anybody can see the row: one without its lock counts as left behind.
  await client.query(loadExclusive(id).lock);
  await client.query('begin');
  try {
    await client.query(
      `insert into public.loaded_file (id, what, name, release, source, part, state, process, loaded_at)
       overriding system value values ($1, 'audit', $2, $3, $4, $1, 'loading', $5, null)`,
      [id, file.input.name, file.release, file.source, describeProcess()],
    );
    // The condition lets the table be attached without a look at its rows.
    await client.query(
      `create table ${nameEventTable(id)}
         (like public.audit_event including defaults including comments, primary key (id), check (part = ${id}));
       comment on table ${nameEventTable(id)} is 'The part of public.audit_event for one large file, see public.loaded_file';
       create table ${nameRejectTable(id)} (like public.rejected_event including comments);
       alter table ${nameRejectTable(id)} drop column id;
       comment on table ${nameRejectTable(id)} is 'What is put aside of a file while it is being loaded'`,
    );
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    await releaseFile(client, id);
    throw error;
  }
  return id;
}

/** Attaches a large file's table, within the transaction that stores its hits. */
export async function finishLargeFile(
  client: PoolClient,
  id: number,
  file: KnownFile,
  counts: EventCounts,
): Promise<void> {
  await client.query(
    `update public.loaded_file set state = 'loaded', sha256 = $2, bytes = $3, raw_bytes = $4 where id = $1`,
    [id, file.sha256, file.bytes, rawBytesOf(file.input)],
  );
  await noteCounts(client, id, counts);
  const columns =
    'file, line, byte_offset, raw, reason, sqlstate, audit_id, stage, verb, request_uri, useragent, test, code, endpoint, is_dry_run, is_hit, unresolved_reason';
  await client.query(
    `insert into public.rejected_event (${columns}) select ${columns} from ${nameRejectTable(id)} order by line, byte_offset`,
  );
  await client.query(`drop table ${nameRejectTable(id)}`);
  await client.query(`alter table public.audit_event attach partition ${nameEventTable(id)} for values in (${id})`);
}

/** Removes all traces of a large file that was not loaded to its end. */
export async function dropLargeFile(pool: Pool, id: number): Promise<void> {
  await withTransaction(pool, async (client) => {
    const gone = await client.query(`delete from public.loaded_file where id = $1 and state = 'loading'`, [id]);
    if (gone.rowCount === 0) return;
    await client.query(`drop table if exists ${nameEventTable(id)}, ${nameRejectTable(id)}`);
  });
}

/** Gives the lock of a large file back; a connection that is lost has given it back. */
export async function releaseFile(client: PoolClient, id: number): Promise<void> {
  await client.query(loadExclusive(id).unlock).catch(() => {});
}

/** Removes what loads that were killed have left. That one lives is told by its lock, on whichever machine it runs. */
export async function dropLeftovers(pool: Pool): Promise<void> {
  const found = await pool.query<{ id: number }>(
    `select id from public.loaded_file where state = 'loading' and what = 'audit' order by id`,
  );
  for (const { id } of found.rows) {
    const isDead = await withClient(pool, async (client) => {
      const taken = await client.query<{ taken: boolean }>(loadExclusive(id).tryLock);
      if (taken.rows[0]?.taken) await releaseFile(client, id);
      return taken.rows[0]?.taken ?? false;
    });
    if (isDead) await dropLargeFile(pool, id);
  }
}

function rawBytesOf(input: LoadInput): number {
  return input.bytes ?? input.rawBytesRead();
}

function describeProcess(): string {
  return JSON.stringify({ host: hostname(), ...thisProcess() });
}
