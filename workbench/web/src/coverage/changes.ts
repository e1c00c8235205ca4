import type { TableFile, TableRow } from '../../../src/ui/data/model.ts';
import { type Change, changes } from '../parts/endpoint-change.ts';

/** An endpoint of the page, and how it changed since the release that it is compared with; null: not compared. */
export interface CoverageRow extends TableRow {
  readonly change: Change | null;
}

/**
 * Compares the endpoints of two releases by name, as `snoop coverage diff` does. It counts no deprecated endpoints, so
 * one that became deprecated is removed. Removed endpoints come last, as the earlier release has them.
 * Where the data of a release is incomplete, a test that it lacks proves nothing: such a change is unclear.
 */
export function compareTables(before: TableFile, after: TableFile): CoverageRow[] {
  const earlier = new Map(before.endpoints.map((row) => [row.endpoint, row]));
  const later = new Set(after.endpoints.map(({ endpoint }) => endpoint));
  const isSure = { before: isComplete(before), after: isComplete(after) };
  return [
    ...after.endpoints.map((row) => ({ ...row, change: findChange(earlier.get(row.endpoint), row, isSure) })),
    ...before.endpoints
      .filter(({ endpoint, deprecated }) => !deprecated && !later.has(endpoint))
      .map((row) => ({ ...row, isNew: false, change: 'removed' as const })),
  ];
}

function isComplete({ release }: TableFile): boolean {
  return release.coverageOrigin !== null && release.incomplete === null;
}

function findChange(
  before: TableRow | undefined,
  after: TableRow,
  isSure: { readonly before: boolean; readonly after: boolean },
): Change {
  const wasCounted = before !== undefined && !before.deprecated;
  if (after.deprecated) return wasCounted ? 'removed' : 'same';
  if (!wasCounted) return 'new';
  const [was, is] = [rank(before), rank(after)];
  if (was === null || is === null) return 'unclear';
  if (was === is) return 'same';
  if (is > was) return isSure.before ? 'gained' : 'unclear';
  return isSure.after ? 'lost' : 'unclear';
}

function rank({ tested, confTested }: TableRow): number | null {
  return tested === null || confTested === null ? null : Number(tested) + Number(confTested);
}

/** Puts what changed before what did not. */
export function orderByChange(rows: readonly CoverageRow[]): readonly CoverageRow[] {
  const rankOf = ({ change }: CoverageRow): number => (change === null ? -1 : changes.indexOf(change));
  return [...rows].sort((a, b) => rankOf(a) - rankOf(b));
}
