import type { CoveredTest, RunCoverage } from '@snoop/snoopdb';
import { changeColumns, formatHeading, listChangeRows, listReasons } from '../../report/change-rows.ts';
import {
  endpointColumns,
  formatEndpoint,
  formatNote,
  listHeadLines,
  listNoteSections,
  noteColumns,
} from '../../report/columns.ts';
import { escapeLines } from '../../output/control-characters.ts';
import { createReport, type Report } from '../../report/report.ts';
import { listSideSections } from '../../report/side-rows.ts';
import {
  createEndpointTables,
  describeEnd,
  describePlace,
  describeTests,
  listStepRows,
  stepColumns,
  wasSkipped,
} from '../../report/test-rows.ts';
import { describeVerdict } from '../../report/verdict.ts';

export interface ReportTable {
  readonly heading: string | null;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The line below it. */
  readonly summary: string | null;
}

export interface ReportTest {
  readonly test: number;
  readonly name: string;
  readonly file: string;
  readonly state: CoveredTest['state'];
  /** `passed on try 3` */
  readonly end: string;
  readonly error: string | null;
  readonly steps: ReportTable;
  readonly endpoints: readonly ReportTable[];
}

/** A run's report, with the words and tables that `snoop report` prints. */
export interface RunReport {
  readonly head: readonly (readonly [name: string, value: string])[];
  readonly warnings: readonly string[];
  readonly errors: readonly { readonly place: string; readonly message: string }[];
  readonly tests: readonly ReportTest[];
  /** Requests and clients that are listed apart. */
  readonly sections: readonly ReportTable[];
  readonly change: ReportTable;
  /** Why changes are 0. */
  readonly reasons: readonly string[];
  readonly verdict: readonly (readonly [name: string, value: string])[];
}

/** @param countsIndirect whether to say what indirect hits would add */
export function createRunReport(coverage: RunCoverage, countsIndirect: boolean): RunReport {
  const report = createReport(coverage, countsIndirect);
  const changes = listChangeRows(report);
  return escapeTexts({
    head: listHeadLines(report),
    warnings: report.warnings,
    errors: report.errors.map((error) => ({ place: describePlace(error), message: error.message })),
    tests: report.tests.map((test) => createTest(test, report)),
    sections: listSections(report),
    change: {
      heading: formatHeading(report),
      columns: changeColumns,
      rows: changes.map(({ cells }) => cells),
      summary: null,
    },
    reasons: listReasons(changes),
    verdict: [['Verdict', `${report.run.state}: ${describeTests(report)}`], ...describeVerdict(report)],
  });
}

/** As on the terminal: in a sentence, a name with bidirectional controls would turn around the rest. */
function escapeTexts<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_key, part: unknown) =>
    typeof part === 'string' ? escapeLines(part) : part,
  );
}

function createTest(test: CoveredTest, report: Report): ReportTest {
  const tables = wasSkipped(test) ? [] : createEndpointTables(test, report);
  return {
    test: test.test,
    name: test.name,
    file: test.file,
    state: test.state,
    end: describeEnd(test),
    error: test.error,
    steps: { heading: null, columns: stepColumns, rows: listStepRows(test), summary: null },
    endpoints: tables.map(({ heading, hits, summary }) => ({
      heading,
      columns: endpointColumns,
      rows: hits.map(formatEndpoint),
      summary,
    })),
  };
}

function listSections(report: Report): ReportTable[] {
  return [
    ...listNoteSections(report).map(({ heading, notes }) => ({
      heading,
      columns: noteColumns,
      rows: notes.map((note) => formatNote(note, report)),
      summary: null,
    })),
    ...listSideSections(report).map((section) => ({ ...section, summary: null })),
  ];
}
