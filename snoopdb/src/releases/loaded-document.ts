import type { PoolClient } from 'pg';
import type { ReadDocument } from '../inputs/document.ts';

/** The result of loading a document. */
export interface LoadedDocument {
  what: 'openapi' | 'coverage' | 'conformance' | 'ineligible' | 'pending' | 'releases' | 'baseline';
  /** The file or URL as the user named it. */
  name: string;
  /** Null if it is about many releases. */
  release: string | null;
  /** Entries of the document: endpoints, tests, releases. */
  read: number;
  stored: number;
  /** What else to report, in this order; only what occurred. */
  notes: LoadNote[];
}

export interface LoadNote {
  count: number;
  /** For people: `operations without an operationId, named by method and path`. */
  what: string;
}

/** The notes whose count is not 0. */
export function listNotes(notes: readonly (readonly [count: number, what: string])[]): LoadNote[] {
  return notes.filter(([count]) => count > 0).map(([count, what]) => ({ count, what }));
}

/** Records a load in the transaction that stores it: a load that was rolled back is not recorded. */
export async function recordLoad(
  client: PoolClient,
  document: Pick<ReadDocument, 'sha256' | 'bytes'>,
  loaded: LoadedDocument,
): Promise<void> {
  await client.query(
    `insert into public.loaded_file (what, name, release, sha256, bytes, read, stored, state, loaded_at)
     values ($1, $2, $3, decode($4, 'hex'), $5, $6, $7, 'loaded', now())`,
    [loaded.what, loaded.name, loaded.release, document.sha256, document.bytes, loaded.read, loaded.stored],
  );
}
