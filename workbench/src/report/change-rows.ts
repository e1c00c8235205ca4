import type { Report, ReportedChange } from './report.ts';
import { describeOrigin } from './hit-origins.ts';

/** A row of the projected change. */
export interface ChangeRow {
  /** `eligible, conformance tested` */
  readonly name: string;
  readonly difference: number;
  /** `+1, from a failed test` */
  readonly change: string;
  readonly cells: readonly string[];
  readonly reason: string | null;
}

export const changeColumns = ['endpoints', 'total', 'before', 'after', 'change'] as const;

/**
 * Lists the rows of the projected change. For eligible endpoints, conformance tests matter most and are first; levels
 * without conformance tests have no row for them.
 */
export function listChangeRows({ change }: Pick<Report, 'change'>): ChangeRow[] {
  return change.flatMap((line) => {
    const tested = createChangeRow(`${line.of}, tested`, line.total, line);
    const conformance = createChangeRow(`${line.of}, conformance tested`, line.total, line.conformance);
    if (line.of === 'eligible') return [conformance, tested];
    return line.conformance.after === 0 ? [tested] : [tested, conformance];
  });
}

function createChangeRow(name: string, total: number, counted: ReportedChange['conformance']): ChangeRow {
  const { before, after, difference, from, reason } = counted;
  const origin = describeOrigin(from);
  const change = `${difference > 0 ? '+' : ''}${difference}${origin === '' ? '' : `, ${origin}`}`;
  return { name, difference, change, reason, cells: [name, String(total), String(before), String(after), change] };
}

/** Explains the changes that are 0, one line for each reason. */
export function listReasons(rows: readonly ChangeRow[]): string[] {
  const names = new Map<string, string[]>();
  for (const { name, reason } of rows) {
    if (reason !== null) names.set(reason, [...(names.get(reason) ?? []), name]);
  }
  return [...names].map(([reason, of]) => `${of.join('; ')} 0: ${reason}`);
}

/** Says "this run alone", since the view testing.projected_change_in_coverage counts all live tests. */
export function formatHeading({
  baseline,
  passedOnly,
  window,
}: Pick<Report, 'baseline' | 'passedOnly' | 'window'>): string {
  if (window !== null) return `Projected change in coverage by these events, compared with ${baseline.release}`;
  const by = passedOnly ? 'the passed tests of this run alone' : 'this run alone';
  return `Projected change in coverage by ${by}, compared with ${baseline.release}`;
}
