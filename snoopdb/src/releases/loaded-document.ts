import type { PoolClient } from 'pg';
import type { ReadDocument } from '../inputs/document.ts';

/** What a load of a document did. */
export interface LoadedDocument {
  what: 'openapi' | 'coverage' | 'conformance' | 'ineligible' | 'pending' | 'releases' | 'baseline';
  /** The file or URL, as it was named. */
  name: string;
  /** The release it belongs to; null: it is about many. */
  release: string | null;
  /** Entries of the document: endpoints, tests, releases. */
  read: number;
  stored: number;
  /** What is worth knowing besides, in the order in which it should be told; only what there is. */
  notes: LoadNote[];
}

export interface LoadNote {
  count: number;
  /** What they are, for people: `operations without an operationId, named by method and path`. */
  what: string;
}

/** Only the notes that count something. */
export function listNotes(notes: readonly (readonly [count: number, what: string])[]): LoadNote[] {
  return notes.filter(([count]) => count > 0).map(([count, what]) => ({ count, what }));
}

/** Writes a load into the history of loads, in its own transaction: what was rolled back was never loaded. */
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
