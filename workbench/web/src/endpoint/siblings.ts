import type { TableRow } from '../../../src/ui/data/model.ts';

/** The other endpoints of the same kind and group, in all versions, as given. */
export function findSiblings(rows: readonly TableRow[], { endpoint, kind, group }: TableRow): TableRow[] {
  if (kind === null) return [];
  return rows.filter((row) => row.kind === kind && row.group === group && row.endpoint !== endpoint);
}

/** `apps/v1`, `v1`; null: it has none, as endpoints of discovery. */
export function formatGroupVersion({ group, version }: Pick<TableRow, 'group' | 'version'>): string | null {
  return version === null ? group || null : group ? `${group}/${version}` : version;
}
