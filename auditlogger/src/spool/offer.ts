import { describeError, explainDatabaseProblem, SnoopDbError, type WriteResult } from '@snoop/snoopdb';
import { mayQuote } from '../quoting.ts';
import type { Store, Stored } from '../store.ts';
import type { FoundRecord, SegmentReader } from './segment-reader.ts';

/** The outcome of replaying a body. */
export type Offered =
  | { readonly kind: 'stored'; readonly result: WriteResult }
  /** This body cannot be stored now; others may be. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** It can never be stored: its bytes changed on disk, or are not events. */
  | { readonly kind: 'broken'; readonly reason: string }
  /** The program is stopping. */
  | { readonly kind: 'stopped' };

/** After so many database failures while storing it, a body may be their cause: others go first. */
const maxInterruptions = 3;

/**
 * Stores one spooled body, retrying until the outcome is about this body. It is read again for each try, to hold no memory
 * while the database is unavailable.
 * @param awaitDatabase waits until the database can store events; false when the program is stopping
 */
export async function offer(
  reader: SegmentReader,
  record: FoundRecord,
  store: Pick<Store<Stored>, 'write' | 'unavailableReason'>,
  awaitDatabase: (wasInterrupted: boolean) => Promise<boolean>,
): Promise<Offered> {
  for (let interruptions = 0; ; ) {
    if (!(await awaitDatabase(interruptions > 0))) return { kind: 'stopped' };
    try {
      const body = await reader.readBody(record);
      if (body === null) return { kind: 'broken', reason: 'its bytes changed on disk' };
      const { source, sha256 } = record;
      return { kind: 'stored', result: await store.write(body, { source, sha256, isAcknowledged: true }) };
    } catch (error) {
      const reason = describeWithoutQuotes(error);
      if (error instanceof SnoopDbError) {
        if (error.code === 'writer_closed') return { kind: 'stopped' };
        if (isRefusedForGood(error)) return { kind: 'broken', reason };
      }
      interruptions++;
      const isAway = explainDatabaseProblem(error) !== null || store.unavailableReason !== null;
      if (!isAway || interruptions >= maxInterruptions) return { kind: 'refused', reason };
    }
  }
}

/** Whether a body can never be stored. */
export function isRefusedForGood(error: unknown): boolean {
  return error instanceof SnoopDbError && ['bad_body', 'too_many_events', 'too_many_rejected'].includes(error.code);
}

/** Describes an error for the log and `/readyz`, without quoting a body. */
export function describeWithoutQuotes(error: unknown): string {
  if (!mayQuote(error)) return describeError(error);
  if (error instanceof SnoopDbError) return 'it is not a list of events';
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  return `the database refuses a value in it (SQLSTATE ${code})`;
}
