import type { EndpointChange, RunDifference } from '@snoop/snoopdb';
import type { Column, Table } from '../output/table.ts';
import { conformanceMark, untestedMark } from './endpoint-marks.ts';

const columns = [
  { name: 'change' },
  { name: 'what' },
  { name: 'from' },
  { name: 'to' },
  { name: 'note', title: '' },
] as const satisfies Column[];

/** What changed from one run to another: tests first, then endpoints gained and lost, then other answers. */
export function differenceTable({
  tests,
  gained,
  lost,
  answers,
}: RunDifference): Table<(typeof columns)[number]['name']> {
  return {
    columns,
    rows: [
      ...tests.map(({ name, file, before, after }) => ({
        ...{ change: 'test', what: name, from: before ?? '-', to: after ?? '-', note: file },
      })),
      ...gained.map((change) => describeEndpoint('gained', change)),
      ...lost.map((change) => describeEndpoint('lost', change)),
      ...answers.map((change) => describeEndpoint('answers', change)),
    ],
  };
}

function describeEndpoint(what: string, { endpoint, before, after, ...hit }: EndpointChange) {
  return {
    ...{ change: what, what: endpoint, from: before.join(', ') || '-', to: after.join(', ') || '-' },
    note: hit.untestedUntilNow ? untestedMark : hit.newToConformance ? conformanceMark : '',
  };
}
