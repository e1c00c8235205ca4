import { toError } from '@snoop/snoopdb';
import { type EvidenceLimits, isAway, OutageClock, queryInTime, retryWhileAway } from '../evidence/outage.ts';
import type { Progress } from '../progress.ts';
import { type Documents, type DocumentsOptions, writeDocuments } from './write-documents.ts';

export interface WriteOptions extends DocumentsOptions {
  readonly limits: EvidenceLimits;
  readonly progress: Progress;
  /** Ends the tries while SnoopDB is away, not the writing. */
  readonly signal: AbortSignal;
}

/** Of one try to write the documents, for which SnoopDB may stop to answer; a million events take about a minute. */
const writeMs = 600_000;

/**
 * Writes the documents, again while SnoopDB is away.
 *
 * @param reasons what is wrong is added
 * @returns null: they could not be written
 */
export async function writeWithRetries(options: WriteOptions, reasons: string[]): Promise<Documents | null> {
  const { progress, signal, limits } = options;
  const before = [...reasons];
  const write = (): Promise<Documents> =>
    queryInTime(writeMs, (inTime) => {
      reasons.splice(0, reasons.length, ...before);
      return writeDocuments({ ...options, signal: inTime }, reasons);
    });
  try {
    return await progress.step('writing the run', (update) =>
      retryWhileAway(write, {
        clock: new OutageClock(limits.awayMs),
        limits: { ...limits, answerMs: 2 * writeMs },
        onAway: (awayMs) => update(`SnoopDB has not answered for ${Math.round(awayMs / 1_000)} s`),
        signal,
      }),
    );
  } catch (error) {
    reasons.push(
      isAway(error)
        ? 'SnoopDB does not answer, so the events of the run were not read.'
        : `The run could not be written: ${toError(error).message}`,
    );
    return null;
  }
}
