import type { RunDifference } from '@snoop/snoopdb';
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
      ...gained.map((hit) => ({
        ...{ change: 'gained', what: hit.endpoint, from: '-', to: listCodes(hit.answers) },
        note: hit.untestedUntilNow ? untestedMark : hit.newToConformance ? conformanceMark : '',
      })),
      ...lost.map((hit) => ({ change: 'lost', what: hit.endpoint, from: listCodes(hit.answers), to: '-', note: '' })),
      ...answers.map(({ endpoint, before, after }) => ({
        ...{ change: 'answers', what: endpoint, from: before.join(', '), to: after.join(', '), note: '' },
      })),
    ],
  };
}

function listCodes(answers: Readonly<Record<string, number>>): string {
  return Object.keys(answers).sort().join(', ');
}
