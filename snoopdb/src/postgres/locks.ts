/**
 * Every advisory lock of SnoopDB, as the statements that take them. Each name says which lock and whether others can
 * hold it too (shared) or not (exclusive).
 *
 * A transaction that takes several takes them in this order, so that no two wait for each other:
 * 1. releases
 * 2. the document of a source
 * 3. hits
 * 4. tested endpoints
 * 5. the rows of the body ledger, by hash
 * 6. the sources that senders named
 * 7. the quota rows of a source, all of them
 * 8. the hits of these sources together
 * 9. rows of hits, by their keys
 *
 * The locks of migrations and of rejected bodies are taken alone. Those of the upkeep and of a load belong to a
 * connection rather than a transaction, and are taken before its transactions begin.
 */
import { createHash } from 'node:crypto';

// PostgreSQL keeps one-key locks apart from two-key ones. Other programs on the same database need other numbers.
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

/** For a change of the schema. */
export function lockMigrationsExclusive(): string {
  return lockInTransaction(migrations);
}

/** For loading what is published of releases: each load replaces what the one before stored. */
export function lockReleasesExclusive(): string {
  return lockInTransaction(releases);
}

/** Keeps the endpoints of releases, and which is the baseline, as they are. */
export function lockReleasesShared(): string {
  return lockInTransaction(releases, 'shared');
}

/** Keeps the OpenAPI document of a source as it is, for storing events that were resolved with it. */
export function lockDocumentShared(source: string): string {
  return lockInTransaction(documentKey(source), 'shared');
}

/** For replacing the OpenAPI document of a source. */
export function lockDocumentExclusive(source: string): string {
  return lockInTransaction(documentKey(source));
}

/** For adding hits; taken before looking at what was forgotten. */
export function lockHitsShared(): string {
  return lockInTransaction(hits, 'shared');
}

/** For deleting hits: no other transaction adds any meanwhile. */
export function lockHitsExclusive(): string {
  return lockInTransaction(hits);
}

/** For adding hits of releases. The triggers of public.endpoint_hit take this lock by number. */
export function lockTestedExclusive(): string {
  return lockInTransaction(tested);
}

/** For adding a source that a sender named: no other is added meanwhile. */
export function lockNamedSourcesExclusive(): string {
  return lockInTransaction(namedSources);
}

/** For adding hits of a source that a sender named: no other such source gets any meanwhile. */
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
  /** Answers at once, with a column `taken`. */
  tryLock: string;
  unlock: string;
}

/** For the upkeep of the live table: one process at a time. */
export function upkeepExclusive(): SessionLock {
  return lockInSession(upkeep);
}

/**
 * For filling the tables of a large file: while it is held, the load is alive.
 * @param file its number in public.loaded_file
 */
export function loadExclusive(file: number): SessionLock {
  return lockInSession(`${loadClass}, ${file}`);
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

/** Sources whose hashes are the same only wait for each other more than they need to. */
function documentKey(source: string): string {
  return `${documentClass}, ${createHash('sha256').update(source).digest().readInt32BE(0)}`;
}
