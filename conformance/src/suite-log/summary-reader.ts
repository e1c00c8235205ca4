import type { SuiteSummary } from './events.ts';

/** Reads the lines with which a suite ends (onsi/ginkgo/v2 `SuiteDidEnd`, Ginkgo 1 `AnnounceSpecRunCompletion`). */
export class SummaryReader {
  #ran: Pick<SuiteSummary, 'ran' | 'total' | 'seconds'> | null = null;
  /** `FAIL! - A, B`, whose counts are on the next line. */
  #ending: Pick<SuiteSummary, 'hasSucceeded' | 'reason'> | null = null;

  /** Whether the first line of a summary was read and the last one was not. */
  get hasBegun(): boolean {
    return this.#ran !== null;
  }

  /**
   * Reads `Ran 419 of 6731 Specs in 7292.831 seconds`, then `SUCCESS! -- 419 Passed | …`, `FAIL! - Interrupted by User -- …`,
   * or several reasons and the counts on two lines.
   *
   * @returns null: the line does not complete a summary
   */
  read(text: string): SuiteSummary | null {
    const [, ran, total, seconds] = /^Ran (\d+) of (\d+) Specs in (\d+(?:\.\d+)?) seconds$/.exec(text) ?? [];
    if (ran !== undefined) this.#ran = { ran: Number(ran), total: Number(total), seconds: Number(seconds) };
    if (this.#ran === null) return null;
    const [, word, reason, rest = text] = /^(SUCCESS!|FAIL!)(?: - (.*?))?(?: -- (.*))?$/s.exec(text) ?? [];
    if (word !== undefined) this.#ending = { hasSucceeded: word === 'SUCCESS!', reason: reason?.slice(0, 500) ?? null };
    const counts = readCounts(rest);
    // Without counts: 'A BeforeSuite node failed so all tests were skipped.'
    if (this.#ending === null || (counts === null && !rest.endsWith('all tests were skipped.'))) return null;
    const summary: SuiteSummary = { type: 'summary', ...this.#ran, ...this.#ending, counts };
    this.#ran = null;
    this.#ending = null;
    return summary;
  }
}

function readCounts(text: string): SuiteSummary['counts'] {
  const counts = new Map(
    text.split(' | ').map((part): [string, number] => {
      const [, count, state] = /^(\d+) (Passed|Failed|Flaked|Repeated|Pending|Skipped)$/.exec(part) ?? [];
      return [state ?? '', Number(count)];
    }),
  );
  const [passed, failed, pending, skipped] = ['Passed', 'Failed', 'Pending', 'Skipped'].map((state) =>
    counts.get(state),
  );
  if (passed === undefined || failed === undefined || pending === undefined || skipped === undefined) return null;
  return { passed, failed, flaked: counts.get('Flaked') ?? 0, pending, skipped };
}
