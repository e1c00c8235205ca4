import {
  askCoverage,
  askUntested,
  compareDataSets,
  loadBaseline,
  readReleaseDataSet,
  useBaseline,
} from '@snoop/snoopdb';
import { createTestDatabase, type TestDatabase } from '@snoop/snoopdb/test-database';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TableFile } from '../../../src/ui/data/model.ts';
import { readReleaseFiles } from '../../../src/ui/data/release-files.ts';
import { layOut } from '../../../web/src/coverage/arcs.ts';
import { type CoverageRow, compareTables } from '../../../web/src/coverage/changes.ts';
import { countFigures } from '../../../web/src/coverage/figures.ts';
import { filterRows, readFilter } from '../../../web/src/coverage/filter.ts';
import { buildTree } from '../../../web/src/coverage/tree.ts';
import { findZoomed } from '../../../web/src/coverage/zoom.ts';
import type { Change } from '../../../web/src/parts/endpoint-change.ts';

const releases = ['1.33.0', '1.34.0', '1.35.0', '1.36.0'];
let database: TestDatabase;
const tables = new Map<string, TableFile>();

beforeAll(async () => {
  database = await createTestDatabase();
  for (const release of releases) await loadBaseline(database.pool, release);
  await useBaseline(database.pool, '1.36.0');
  for (const release of releases) tables.set(release, (await readReleaseFiles(database.pool, release)).table);
});
afterAll(() => database.drop());

function getTable(release: string): TableFile {
  const table = tables.get(release);
  if (table === undefined) throw new Error(`No table of ${release}`);
  return table;
}

const listRows = (release: string): CoverageRow[] =>
  getTable(release).endpoints.map((row) => ({ ...row, change: null }));
const select = (rows: readonly CoverageRow[], query: Record<string, string>): CoverageRow[] =>
  filterRows(rows, readFilter(query));
const names = (rows: readonly { readonly endpoint: string }[]): string[] => rows.map(({ endpoint }) => endpoint).sort();

test.each(releases)('the numbers of each part of %s are those of snoop coverage', async (release) => {
  const rows = listRows(release);
  const shown = select(rows, {});
  const { lines, levels, total } = await askCoverage(database.pool, release);
  expect(countFigures(shown)).toMatchObject(total);
  for (const { level, category, ...figures } of [...levels, ...lines]) {
    const path = [level, category].flatMap((part) => part ?? []);
    expect(countFigures(findZoomed(rows, shown, path).rows), path.join('/')).toMatchObject(figures);
  }
  const drawn = layOut(buildTree(shown), { width: 300 }).filter(({ ring }) => ring === 4);
  expect(names(drawn.flatMap((arc) => arc.rows))).toEqual(names(shown));
});

test.each(releases)('the untested endpoints of %s are those of snoop untested', async (release) => {
  const untested = { state: 'untested,ineligible' };
  const rows = listRows(release);
  const all = await askUntested(database.pool, { release, level: 'any', eligibleOnly: false });
  expect(names(select(rows, untested))).toEqual(names(all.endpoints));
  expect(countFigures(select(rows, {})).untested).toBe(all.endpoints.length);
  const eligible = await askUntested(database.pool, { release, level: 'any', eligibleOnly: true });
  expect(names(select(rows, { ...untested, ineligible: 'hide' }))).toEqual(names(eligible.endpoints));
  const core = await askUntested(database.pool, { release, level: 'stable', eligibleOnly: false, group: 'core' });
  expect(names(select(rows, { ...untested, group: 'core' }).filter(({ level }) => level === 'stable'))).toEqual(
    names(core.endpoints),
  );
});

test.each([
  ['1.35.0', '1.36.0'],
  ['1.34.0', '1.35.0'],
  ['1.33.0', '1.34.0'],
  ['1.33.0', '1.36.0'],
])('the changes from %s to %s are those of snoop coverage diff', async (before, after) => {
  const { pool } = database;
  const [earlier, later] = [getTable(before), getTable(after)];
  const expected = compareDataSets(
    await readReleaseDataSet(pool, before, before, null),
    await readReleaseDataSet(pool, after, after, null),
  );
  const rows = select(compareTables(earlier, later), {});
  const find = (change: Change): string[] => names(rows.filter((row) => row.change === change));
  expect(find('new')).toEqual(names(expected.newEndpoints));
  expect(find('removed')).toEqual(names(expected.removedEndpoints));
  const isSure = { gained: earlier.release.incomplete === null, lost: later.release.incomplete === null };
  expect(find('gained')).toEqual(isSure.gained ? names(expected.gained) : []);
  expect(find('lost')).toEqual(isSure.lost ? names(expected.lost) : []);
  const unclear = [...(isSure.gained ? [] : expected.gained), ...(isSure.lost ? [] : expected.lost)];
  expect(find('unclear')).toEqual(names(unclear));
  expect(countFigures(rows)).toMatchObject((await askCoverage(pool, after)).total);
});

test('new endpoints are those of the comparison with the previous release', async () => {
  const shown = select(listRows('1.36.0'), { new: 'only' });
  const compared = select(compareTables(getTable('1.35.0'), getTable('1.36.0')), { change: 'new' });
  expect(names(shown)).toEqual(names(compared));
  expect(countFigures(select(listRows('1.33.0'), {})).new).toBeNull();
});
