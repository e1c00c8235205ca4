import type { RunDifference } from '@snoop/snoopdb';
import { differenceTable } from '../../../src/report/difference.ts';

/** A row of the table of `snoop runs diff`. */
export interface DifferenceRow {
  readonly change: string;
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly note: string;
  readonly isEndpoint: boolean;
}

export function listDifference(difference: RunDifference): DifferenceRow[] {
  return differenceTable(difference).rows.map((row) => ({
    change: String(row.change),
    what: String(row.what),
    from: String(row.from),
    to: String(row.to),
    note: String(row.note),
    isEndpoint: row.change !== 'test',
  }));
}
