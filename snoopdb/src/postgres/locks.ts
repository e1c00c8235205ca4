/**
 * All advisory locks of SnoopDB, as SQL statements. A shared lock can be held by several transactions, an exclusive one by
 * one.
 *
 * To avoid deadlocks, a transaction takes locks in this order:
 * 1. releases
 * 2. the document of a source
 * 3. hits
 * 4. tested endpoints
 * 5. the rows of the body ledger, by hash
 * 6. the sources named by senders
 * 7. the quota rows of a source, all of them
 * 8. the hits of these sources together
 * 9. rows of hits, by their keys
 *
 * The locks of migrations and rejected bodies are taken alone. Those of the upkeep, of a load and of an
 * audit run belong to a connection and are taken before its transactions begin.
 */
import { createHash } from 'node:crypto';

// Locks with one key and with two keys are separate in PostgreSQL. Other programs on the database need other numbers.
const migrations = '7306001';
const releases = '7306002';
const hits = '7306, 3';
const tested = '7306, 4';
const upkeep = '7306, 5';
const rejectedBodies = '7306, 6';
const namedSources = '7306, 7';
const namedHits = '7306, 8';
const loadClass = 7307;
const documentClass = 7308;
const auditRunClass = 7309;

/** For changing the schema. */
export function lockMigrationsExclusive(): string {
  return lockInTransaction(migrations);
}

/** For loading published data of releases: each load replaces the data of the previous one. */
export function lockReleasesExclusive(): string {
  return lockInTransaction(releases);
}

/** Prevents changes to the endpoints of releases and to the choice of the baseline. */
export function lockReleasesShared(): string {
  return lockInTransaction(releases, 'shared');
}

/** Prevents changes to the OpenAPI document of a source, for storing events that were resolved with it. */
export function lockDocumentShared(source: string): string {
  return lockInTransaction(documentKey(source), 'shared');
}

/** For replacing the OpenAPI document of a source. */
export function lockDocumentExclusive(source: string): string {
  return lockInTransaction(documentKey(source));
}

/** For adding hits; take it before reading testing.forgotten. */
export function lockHitsShared(): string {
  return lockInTransaction(hits, 'shared');
}

/** For deleting hits: no other transaction adds hits meanwhile. */
export function lockHitsExclusive(): string {
  return lockInTransaction(hits);
}

/** For adding hits of releases. The triggers of public.endpoint_hit take this lock by number. */
export function lockTestedExclusive(): string {
  return lockInTransaction(tested);
}

/** For adding a source named by a sender: no other is added meanwhile. */
export function lockNamedSourcesExclusive(): string {
  return lockInTransaction(namedSources);
}

/** For adding hits of a source named by a sender: no other such source gets hits meanwhile. */
export function lockNamedHitsExclusive(): string {
  return lockInTransaction(namedHits);
}

/** For adding and removing rows of testing.rejected_body. */
export function lockRejectedBodiesExclusive(): string {
  return lockInTransaction(rejectedBodies);
}

/** A lock that a connection holds until it unlocks it or ends. */
export interface SessionLock {
  lock: string;
  /** Returns at once, with a column `taken`. */
  tryLock: string;
  unlock: string;
}

/** For the upkeep of the live table: one process at a time. */
export function upkeepExclusive(): SessionLock {
  return lockInSession(upkeep);
}

/**
 * For loading a large file: the load is alive while the lock is held.
 * @param file its id in public.loaded_file
 */
export function loadExclusive(file: number): SessionLock {
  return lockInSession(`${loadClass}, ${file}`);
}

/** For an audit run of a cluster: one at a time. */
export function auditRunExclusive(cluster: string): SessionLock {
  return lockInSession(`${auditRunClass}, ${hash(cluster)}`);
}

function lockInTransaction(key: string, mode: 'exclusive' | 'shared' = 'exclusive'): string {
  return `select pg_advisory_xact_lock${mode === 'shared' ? '_shared' : ''}(${key})`;
}

function lockInSession(key: string): SessionLock {
  return {
    lock: `select pg_advisory_lock(${key})`,
    tryLock: `select pg_try_advisory_lock(${key}) as taken`,
    unlock: `select pg_advisory_unlock(${key})`,
  };
}

/** Sources with the same hash wait for each other without need, which does no harm. */
function documentKey(source: string): string {
  return `${documentClass}, ${hash(source)}`;
}

function hash(text: string): number {
  return createHash('sha256').update(text).digest().readInt32BE(0);
}
