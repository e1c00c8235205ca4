import { type EndpointState, endpointStates, findState } from '../parts/endpoint-state.ts';
import { type Change, changes } from '../parts/endpoint-change.ts';
import type { CoverageRow } from './changes.ts';

/** Which endpoints a page shows, as its query says. Zoom is not part of it. */
export interface Filter {
  /** Words that the endpoint, kind, group or path contains. */
  readonly text: string;
  /** Empty: all. */
  readonly states: readonly EndpointState[];
  /** Empty: all. */
  readonly changes: readonly Change[];
  /** Empty: all. */
  readonly verb: string;
  /** `core` for the group without a name. Empty: all. */
  readonly group: string;
  readonly onlyNew: boolean;
  readonly hidesDeprecated: boolean;
  /** Hides endpoints that cannot have a conformance test. */
  readonly hidesIneligible: boolean;
  /** Hides endpoints whose conformance test is in progress. */
  readonly hidesPending: boolean;
}

type Query = Readonly<Record<string, string>>;

/** The names of query values that are filters. */
export const filterNames = ['q', 'state', 'change', 'verb', 'group', 'new', 'deprecated', 'ineligible', 'pending'];

/** The query without filters; zoom, sort and the compared release stay. */
export function removeFilters(query: Query): Query {
  return Object.fromEntries(Object.entries(query).filter(([name]) => !filterNames.includes(name)));
}

/** Reads a filter. Values that do not exist are left out. */
export function readFilter(query: Query): Filter {
  return {
    text: (query.q ?? '').slice(0, 200),
    states: readList(query.state, endpointStates),
    changes: readList(query.change, changes),
    verb: query.verb ?? '',
    group: query.group ?? '',
    onlyNew: query.new === 'only',
    hidesDeprecated: query.deprecated !== 'show',
    hidesIneligible: query.ineligible === 'hide',
    hidesPending: query.pending === 'hide',
  };
}

function readList<T extends string>(text: string | undefined, all: readonly T[]): T[] {
  const names = new Set(text?.split(','));
  return all.filter((name) => names.has(name));
}

/** The query value of a list with one name more or fewer. */
export function toggleName(list: readonly string[], name: string): string {
  return (list.includes(name) ? list.filter((one) => one !== name) : [...list, name]).join(',');
}

export function formatGroup({ group }: Pick<CoverageRow, 'group'>): string | null {
  return group === '' ? 'core' : group;
}

/** Rows that pass the filter. */
export function filterRows(rows: readonly CoverageRow[], filter: Filter): CoverageRow[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => passes(row, filter) && matchesText(row, words));
}

/** Rows that pass the filter apart from its states and changes, which the legend counts. */
export function filterForLegend(rows: readonly CoverageRow[], filter: Filter): CoverageRow[] {
  return filterRows(rows, { ...filter, states: [], changes: [] });
}

function passes(row: CoverageRow, filter: Filter): boolean {
  if (filter.hidesDeprecated && row.deprecated && row.change !== 'removed') return false;
  if (filter.hidesIneligible && row.eligible === false) return false;
  if (filter.hidesPending && row.pending) return false;
  if (filter.onlyNew && row.isNew !== true) return false;
  if (filter.verb !== '' && row.action !== filter.verb) return false;
  if (filter.group !== '' && formatGroup(row) !== filter.group) return false;
  if (filter.states.length > 0 && !filter.states.includes(findState(row))) return false;
  return filter.changes.length === 0 || (row.change !== null && filter.changes.includes(row.change));
}

function matchesText(row: CoverageRow, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const text = [row.endpoint, row.kind, formatGroup(row), row.category, row.path].join('\n').toLowerCase();
  return words.every((word) => text.includes(word));
}
