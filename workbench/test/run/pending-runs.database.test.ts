import { findRun, listRuns, thisProcess } from '@snoop/snoopdb';
import type { Pool } from '@snoop/snoopdb';
import { beforeAll, expect, test } from 'vitest';
import { createJournal, openWorkerJournal } from '../../src/journal/journal.ts';
import { importPendingRuns } from '../../src/run/pending-runs.ts';
import { readRunHead } from '../../src/journal/read-journal.ts';
import { createRunId } from '../../src/journal/run-id.ts';
import { makeDatabase } from '../support/database.ts';
import { makeFolder } from '../support/folder.ts';
import { makeHead } from '../support/recorded-cluster.ts';

let pool: Pool;
beforeAll(async () => {
  ({ pool } = await makeDatabase());
});

const at = '2026-01-01T00:00:01.000Z';

test('imports the journal of a killed run once, as interrupted', async () => {
  const stateFolder = await makeFolder();
  const head = makeHead({ id: createRunId(new Date()), database: 'here' });
  const folder = createJournal(stateFolder, head);
  const journal = openWorkerJournal(folder);
  journal.write({ kind: 'test', at, test: 't1', try: 1, name: 'one', file: '/x/a.live.ts' });
  journal.write({
    kind: 'sent',
    at,
    id: `${head.id}.1.1`,
    test: 't1',
    try: 1,
    step: null,
    method: 'GET',
    path: '/version',
  });
  journal.close();

  expect(await importPendingRuns(pool, stateFolder, 'here')).toEqual([head.id]);
  expect(await importPendingRuns(pool, stateFolder, 'here')).toEqual([]);
  expect(await findRun(pool, head.id)).toBe(head.id);
  expect((await listRuns(pool, 100)).filter(({ id }) => id === head.id)).toMatchObject([
    { state: 'interrupted', tests: 1, requests: 1 },
  ]);
  expect(await readRunHead(folder)).toMatchObject({ state: 'interrupted', saved: true });
});

test.each([
  ['is still running', { process: thisProcess() }],
  ['belongs to another database', { database: 'elsewhere' }],
  ['is stored', { saved: true }],
])('ignores a run that %s', async (_what, changes) => {
  const stateFolder = await makeFolder();
  createJournal(stateFolder, makeHead({ id: createRunId(new Date()), database: 'here', ...changes }));
  expect(await importPendingRuns(pool, stateFolder, 'here')).toEqual([]);
});

test('imports nothing without runs', async () => {
  expect(await importPendingRuns(pool, await makeFolder(), 'here')).toEqual([]);
});
