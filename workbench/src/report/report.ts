import type { CountedChange, CoverageChange, RunCoverage } from '@snoop/snoopdb';
import { count } from '../output/quantities.ts';
import { explainConnect } from './connect-warnings.ts';
import type { ReportCheck } from './checks.ts';
import { explainNoChange } from './no-change.ts';

/** A line of the projected change; `reason` explains a number that is 0. */
export interface ReportedChange extends CoverageChange {
  readonly reason: string | null;
  readonly conformance: CountedChange & { readonly reason: string | null };
}

/** The coverage of a run, with the sentences that all formats print. */
export interface Report extends Omit<RunCoverage, 'change'> {
  readonly change: readonly ReportedChange[];
  /** Whether to say what indirect hits would add. */
  readonly countsIndirect: boolean;
  /** `36 requests sent, 36 recorded`. */
  readonly evidenceSentence: string;
  /** Whether every answered or open request is recorded. */
  readonly complete: boolean;
  /** Limits of the figures: another release's baseline, incomplete data, missing evidence. */
  readonly warnings: readonly string[];
  /** Results of --fail-under and --expect. */
  readonly checks: readonly ReportCheck[];
}

/** @param countsIndirect whether to say what indirect hits would add */
export function createReport(
  coverage: RunCoverage,
  countsIndirect = false,
  checks: readonly ReportCheck[] = [],
): Report {
  const { evidence } = coverage;
  return {
    ...coverage,
    countsIndirect,
    change: coverage.change.map((change) => ({
      ...change,
      reason: explainNoChange(change, coverage, 'tested'),
      conformance: { ...change.conformance, reason: explainNoChange(change, coverage, 'conformance tested') },
    })),
    evidenceSentence: describeEvidence(coverage),
    complete: evidence.missing.length === 0,
    warnings: collectWarnings(coverage),
    checks,
  };
}

/** `1 of 36 requests not recorded` */
export function describeMissing({ evidence }: Pick<RunCoverage, 'evidence'>): string {
  return `${evidence.missing.length} of ${count(evidence.sent, 'request')} not recorded`;
}

function describeEvidence({ evidence, window }: RunCoverage): string {
  if (window !== null) return `${count(evidence.sent, 'request')} seen; whether more were sent is unknown`;
  const unanswered = evidence.noAnswer.length;
  const beforeAudit = evidence.beforeAudit.length;
  return (
    `${count(evidence.sent, 'request')} sent, ${evidence.recorded.toLocaleString('en-US')} recorded` +
    (unanswered === 0 ? '' : `, ${unanswered.toLocaleString('en-US')} got no answer`) +
    (beforeAudit === 0 ? '' : `, ${beforeAudit.toLocaleString('en-US')} answered before the audit layer`)
  );
}

function collectWarnings(coverage: RunCoverage): string[] {
  const { run, baseline, evidence, passedOnly } = coverage;
  const warnings: string[] = [];
  if (run.importedAt !== null) {
    warnings.push(`Imported on ${run.importedAt.toISOString().slice(0, 10)}: the run ran with another SnoopDB.`);
  }
  if (passedOnly) warnings.push('Only hits of passed tests are counted (--passed-only).');
  if (evidence.missing.length > 0) {
    const missing = count(evidence.missing.length, 'request');
    warnings.push(`${missing} not recorded; the report covers only recorded requests.`);
  }
  if (!baseline.exact && run.clusterVersion !== null) {
    warnings.push(
      `The cluster is ${run.clusterVersion}; the baseline is ${baseline.release}, the nearest release with coverage data.`,
    );
  }
  if (baseline.incomplete !== null) warnings.push(`The baseline's data is incomplete: ${baseline.incomplete}`);
  warnings.push(...explainConnect(coverage));
  if (run.state === 'interrupted') warnings.push('The run was interrupted; the report covers what ran before.');
  return warnings;
}
