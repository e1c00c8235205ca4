import type { TableRow } from '../../../src/ui/data/model.ts';
import { linkTo } from '../app/navigation.svelte.ts';
import type { Column } from './columns.ts';
import { findState, stateTitles } from './endpoint-state.ts';

/** The columns of tables that list endpoints of a release. The cell of `state` can be drawn as a Badge. */
export const endpointColumn: Column<TableRow> = {
  name: 'endpoint',
  title: 'Endpoint',
  value: ({ endpoint }) => endpoint,
  link: ({ endpoint }) => linkTo({ page: 'endpoint', query: { endpoint } }),
  maxWidth: 60,
};
export const stateColumn: Column<TableRow> = {
  name: 'state',
  title: 'State',
  value: (row) => stateTitles[findState(row)],
};
export const kindColumn: Column<TableRow> = { name: 'kind', title: 'Kind', value: ({ kind }) => kind };
export const levelColumn: Column<TableRow> = { name: 'level', title: 'Level', value: ({ level }) => level };
export const requestColumns: readonly Column<TableRow>[] = [
  { name: 'method', title: 'Method', value: ({ method }) => method },
  { name: 'path', title: 'Path', value: ({ path }) => path, maxWidth: 60 },
];
export const testsColumn: Column<TableRow> = {
  name: 'tests',
  title: 'Tests',
  hint: 'Number of e2e tests that hit it',
  value: ({ tests, tested }) => (tested === null ? null : tests),
};
