import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { thisProcess } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { type BegunRun, createBegunFile, findKilledRun } from '../../src/audit-run/begun-run.ts';
import { makeFolder } from '../support/folder.ts';

const ended = { pid: 1, start: 'another boot' };
const run: BegunRun = {
  ...{
    process: ended,
    suite: null,
    id: 'first',
    startedAt: '2026-11-30T10:00:00.000Z',
    release: '1.36.3',
    commit: null,
  },
  ...{ server: 'https://127.0.0.1:6443', command: ['suite'], resumes: null },
  observation: {
    ...{ servers: [{}], position: '1', startedAt: '2026-11-30T10:00:00.000Z', moments: [], problems: [] },
  },
};

/** @param begun the content of begun.json; null: none */
async function writeDraft(begun: string | null): Promise<string> {
  const folder = join(await makeFolder(), 'run');
  mkdirSync(`${folder}.part`);
  if (begun !== null) writeFileSync(join(`${folder}.part`, 'begun.json'), begun);
  return folder;
}

test('finds what a killed run needs to be written', async () => {
  expect(findKilledRun(await writeDraft(JSON.stringify(createBegunFile(run))))).toMatchObject(run);
});

test('finds nothing beside a folder that was written, or without one', async () => {
  const folder = await writeDraft(JSON.stringify(createBegunFile(run)));
  mkdirSync(folder);
  expect(findKilledRun(folder)).toBeNull();
  expect(findKilledRun(join(await makeFolder(), 'none'))).toBeNull();
});

test.each([
  [
    'a run that is still written',
    JSON.stringify(createBegunFile({ ...run, process: thisProcess() })),
    'still writes it',
  ],
  ['one whose suite did not begin', null, 'it was killed before its suite began'],
  ['a file that is not JSON', '{', 'cannot be read'],
  ['another format', '{"format": "other", "version": 1}', 'cannot be read'],
  ['a later version', JSON.stringify({ ...createBegunFile(run), version: 2 }), 'cannot be read'],
])('refuses %s', async (_what, begun, message) => {
  const folder = await writeDraft(begun);
  expect(() => findKilledRun(folder)).toThrow(message);
});
