import { changeTitles } from '../parts/endpoint-change.ts';
import type { Column } from '../parts/columns.ts';
import { findState, stateTitles } from '../parts/endpoint-state.ts';
import type { CoverageRow } from './changes.ts';
import { formatGroup } from './filter.ts';

/** Columns of the table of endpoints. @param linkOf the URL of an endpoint's page */
export function createColumns(
  linkOf: (row: CoverageRow) => string,
  { isCompared }: { readonly isCompared: boolean },
): Column<CoverageRow>[] {
  const change: Column<CoverageRow> = {
    name: 'change',
    title: 'Change',
    value: (row) => (row.change === null ? null : changeTitles[row.change]),
  };
  return [
    { name: 'endpoint', title: 'Endpoint', value: (row) => row.endpoint, link: linkOf, maxWidth: 40, markWidth: 3 },
    ...(isCompared ? [change] : []),
    { name: 'kind', title: 'Kind', value: (row) => row.kind, maxWidth: 22 },
    { name: 'verb', title: 'Verb', value: (row) => row.action, maxWidth: 10 },
    { name: 'level', title: 'Level', value: (row) => row.level },
    { name: 'tested', title: 'Tested', hint: 'An e2e test hits it', value: (row) => row.tested },
    {
      name: 'confTested',
      title: 'Conformance',
      hint: 'A conformance test hits it',
      value: (row) => row.confTested,
    },
    {
      name: 'eligible',
      title: 'Eligible',
      hint: 'It can have a conformance test: it is stable, not deprecated and not on the list of ineligible endpoints',
      value: (row) => row.eligible,
      text: (row) => (row.pending ? 'pending' : row.eligible === null ? '' : row.eligible ? 'yes' : 'no'),
    },
    {
      name: 'tests',
      title: 'Tests',
      hint: 'Number of e2e tests that hit it',
      value: (row) => (row.tested === null && row.tests === 0 ? null : row.tests),
    },
    { name: 'group', title: 'Group', value: formatGroup, maxWidth: 30 },
    {
      name: 'since',
      title: 'Stable since',
      hint: 'The first release in which it is stable',
      value: (row) => row.stableSince,
      order: 'release',
    },
    { name: 'state', title: 'State', value: (row) => stateTitles[findState(row)] },
    { name: 'path', title: 'Path', value: (row) => `${row.method} ${row.path}`, maxWidth: 80 },
    { name: 'reason', title: 'Why not eligible', value: (row) => row.reason, maxWidth: 60 },
  ];
}
