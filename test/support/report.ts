import type { RunCoverage } from '@snoop/snoopdb';
import { listSchemaErrors } from '@snoop/snoopdb/test-json-schema';
import { expect } from 'vitest';
import type { Ended, SnoopOptions } from './snoop.ts';
import { runSnoop } from './snoop.ts';
import { sharedState } from './state.ts';

const schema = new URL('../../workbench/schemas/report.json', import.meta.url);

/** What `--output json` prints: dates are strings there. */
export type PrintedReport = Omit<RunCoverage, 'run' | 'change'> & {
  run: { id: string; state: string; clusterVersion: string };
  evidenceSentence: string;
  complete: boolean;
  warnings: string[];
  change: (RunCoverage['change'][number] & { reason: string | null })[];
};

export function parseReport({ stdout, stderr }: Ended): PrintedReport {
  let report: PrintedReport;
  try {
    report = JSON.parse(stdout);
  } catch (error) {
    throw new Error(`no report on stdout, but:\n${stdout}\n${stderr}`, { cause: error });
  }
  expect(listSchemaErrors(schema, report)).toEqual([]);
  return report;
}

/** Runs live test files on the shared control plane and reads their report. */
export async function runLiveTests(
  files: readonly string[],
  options: SnoopOptions & { exitCode?: number } = {},
): Promise<PrintedReport> {
  const ended = await runSnoop(['test', ...files, '--state', sharedState(), '--output', 'json'], options);
  expect(ended.exitCode, ended.stderr).toBe(options.exitCode ?? 0);
  return parseReport(ended);
}

/** What must hold of every run that ended well: everything that was answered is recorded. */
export function expectAllRecorded(report: PrintedReport): void {
  expect(report.evidence.missing).toEqual([]);
  expect(report.evidence.recorded).toBe(report.evidence.sent - report.evidence.noAnswer.length);
  expect(report.complete).toBe(true);
}

/** The endpoints of a report's test with their number of hits. */
export function hitsOf(report: PrintedReport, test = 0): Record<string, number> {
  return Object.fromEntries(
    (report.tests[test]?.endpoints ?? []).filter(({ hits }) => hits > 0).map(({ endpoint, hits }) => [endpoint, hits]),
  );
}
