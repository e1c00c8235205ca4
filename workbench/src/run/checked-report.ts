import { listEndpointNames } from '@snoop/snoopdb';
import type { Pool, RunCoverage } from '@snoop/snoopdb';
import { checkCoverage, listUnrequested, type Requirements } from '../report/checks.ts';
import { createReport } from '../report/report.ts';
import type { Report } from '../report/report.ts';

export interface CheckedReportOptions {
  /** Whether to say what indirect hits would add. */
  readonly countsIndirect: boolean;
  readonly requirements?: Requirements | undefined;
}

/** Creates a report with the results of its requirements. */
export async function createCheckedReport(
  pool: Pool,
  coverage: RunCoverage,
  { countsIndirect, requirements = { failUnder: [], expected: [] } }: CheckedReportOptions,
): Promise<Report> {
  const hasUnrequested = listUnrequested(coverage, requirements.expected).length > 0;
  const known = hasUnrequested ? await listEndpointNames(pool) : [];
  return createReport(coverage, countsIndirect, checkCoverage(coverage, requirements, known));
}
