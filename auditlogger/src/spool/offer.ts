import { describeError, explainUnable, SnoopDbError, type WriteResult } from '@snoop/snoopdb';
import { mayQuote } from '../quoting.ts';
import type { Store, Stored } from '../store.ts';
import type { FoundRecord, SegmentReader } from './segment-reader.ts';

/** What became of a body of the spool. */
export type Offered =
  | { readonly kind: 'stored'; readonly result: WriteResult }
  /** It, and perhaps no other, cannot be stored now. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** It can never be stored: its bytes are not what was received, or they are no events. */
  | { readonly kind: 'broken'; readonly reason: string }
  /** The program ends. */
  | { readonly kind: 'stopped' };

/** A body in whose company the database went away so often may be what ends it: the others go before it. */
const mostInterruptions = 3;

/**
 * Offers one body to the database until there is an answer that is about this body. It is read anew for each try, so
 * that nothing is held while the database is away.
 * @param awaitDatabase waits until the database takes events; false when the program ends
 */
export async function offer(
  reader: SegmentReader,
  record: FoundRecord,
  store: Pick<Store<Stored>, 'write' | 'whyNot'>,
  awaitDatabase: (wasInterrupted: boolean) => Promise<boolean>,
): Promise<Offered> {
  for (let interruptions = 0; ; ) {
    if (!(await awaitDatabase(interruptions > 0))) return { kind: 'stopped' };
    try {
      const body = await reader.readBody(record);
      if (body === null) return { kind: 'broken', reason: 'its bytes are not those that were received' };
      const { source, sha256 } = record;
      return { kind: 'stored', result: await store.write(body, { source, sha256, isPromised: true }) };
    } catch (error) {
      const reason = describeQuietly(error);
      if (error instanceof SnoopDbError) {
        if (error.code === 'writer_closed') return { kind: 'stopped' };
        if (isRefusedForGood(error)) return { kind: 'broken', reason };
      }
      interruptions++;
      const isAway = explainUnable(error) !== null || store.whyNot !== null;
      if (!isAway || interruptions >= mostInterruptions) return { kind: 'refused', reason };
    }
  }
}

/** Whether a body can never be stored. */
export function isRefusedForGood(error: unknown): boolean {
  return error instanceof SnoopDbError && ['bad_body', 'too_many_events', 'too_many_rejected'].includes(error.code);
}

/** What went wrong, for the log and for `/readyz`: without words that may be a sender's. */
export function describeQuietly(error: unknown): string {
  if (!mayQuote(error)) return describeError(error);
  if (error instanceof SnoopDbError) return 'it is no list of events';
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  return `the database refuses a value in it (SQLSTATE ${code})`;
}
