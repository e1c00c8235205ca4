import type { TableFile, TableRow } from '../../../src/ui/data/model.ts';

export const lists = ['ineligible', 'pending', 'stale'] as const;
export type ListName = (typeof lists)[number];

/** An entry of a list that no longer says something about the release. */
export interface StaleEntry {
  readonly list: 'ineligible' | 'pending';
  readonly endpoint: string;
  /** Why it is stale. */
  readonly why: string;
  /** The reason and link of the entry. */
  readonly reason: string | null;
  readonly link: string | null;
  /** Whether the release has such an endpoint. */
  readonly exists: boolean;
}

/** Endpoints on the list of ineligible ones. The reasons that only beta, alpha and deprecated endpoints have are of no list. */
export function findIneligible({ endpoints }: Pick<TableFile, 'endpoints'>): TableRow[] {
  return endpoints.filter(({ link }) => link !== null);
}

export function findPending({ endpoints }: Pick<TableFile, 'endpoints'>): TableRow[] {
  return endpoints.filter(({ pending }) => pending);
}

/** Entries whose endpoint does not exist, can have no conformance test anyway, or has one. */
export function findStale({ endpoints, lists: used, release }: TableFile): StaleEntry[] {
  const absent = (['ineligible', 'pending'] as const).flatMap((list) =>
    (used[list]?.absent ?? []).map((entry) => ({
      ...entry,
      list,
      why: `${release.release} has no such endpoint`,
      exists: false,
    })),
  );
  const known = endpoints.flatMap((row) => [
    ...describeStale(row, 'ineligible', row.link !== null),
    ...describeStale(row, 'pending', row.pending),
  ]);
  return [...absent, ...known];
}

function describeStale(row: TableRow, list: StaleEntry['list'], isListed: boolean): StaleEntry[] {
  const why = isListed ? findStaleness(row, list) : null;
  if (why === null) return [];
  const entry = list === 'ineligible' ? { reason: row.reason, link: row.link } : { reason: null, link: null };
  return [{ ...entry, list, endpoint: row.endpoint, why, exists: true }];
}

function findStaleness(row: TableRow, list: StaleEntry['list']): string | null {
  if (row.deprecated) return 'it is deprecated';
  if (row.level !== 'stable') return `it is ${row.level}`;
  if (row.confTested === true) return 'a conformance test hits it';
  return list === 'pending' && row.link !== null ? 'it is on the list of ineligible endpoints' : null;
}

/** Counts endpoints by reason, the most frequent first. */
export function countReasons(rows: readonly TableRow[]): { readonly reason: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const { reason } of rows) if (reason !== null) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => ({ reason, count }))
    .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
}

export function readList(text: string | undefined): ListName {
  return lists.find((name) => name === text) ?? 'ineligible';
}

/** What a reader must know of a list: that there is none, or that it is of another release. */
export function describeOrigin(
  { lists: used, release }: Pick<TableFile, 'lists' | 'release'>,
  list: 'ineligible' | 'pending',
): string[] {
  const found = used[list];
  if (found === null) return [`No list of ${list} endpoints is loaded; 'snoop load ${list} FILE' loads one.`];
  if (found.release === release.release) return [];
  return [`The list of ${list} endpoints is that of ${found.release}, the nearest release with one.`];
}
