import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from '@snoop/snoopdb';
import { loadSmallReleases } from '@snoop/snoopdb/test-releases';
import { beforeAll, describe, expect, test } from 'vitest';
import { command as exportCommand } from '../../src/cli/export.ts';
import { ask } from '../support/ask.ts';
import { makeDatabase } from '../support/database.ts';
import { makeFolder } from '../support/folder.ts';

let url: string;
let pool: Pool;
beforeAll(async () => {
  ({ url, pool } = await makeDatabase());
  await loadSmallReleases(pool);
});

const readJson = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));

async function exportTo(
  folder: string,
  ...args: string[]
): Promise<{ exitCode: number; states: string[]; notes: string[] }> {
  const { exitCode, stdout } = await ask(exportCommand, url, folder, '--output', 'json', ...args);
  const { files } = JSON.parse(stdout);
  return {
    exitCode,
    states: files.map(({ file, state }: { file: string; state: string }) => `${file} ${state}`),
    notes: files.flatMap(({ note }: { note: string | null }) => note ?? []),
  };
}

test('writes a file for each release with coverage and the four lists; a second run changes nothing', async () => {
  const folder = join(await makeFolder(), 'a', 'b');
  const { exitCode, stdout } = await ask(exportCommand, url, folder);
  expect(exitCode).toBe(0);
  expect(`\n${stdout}`).toMatchInlineSnapshot(`
    "
    FILE                                   STATE
    1.35.0.json                            written  the data of 1.35.0 is incomplete: its totals lie.
    1.36.0.json                            written
    conformance-progress.json              written
    conformance-coverage-per-release.json  written
    conformance-endpoints.json             written
    ineligible_endpoints.json              written
    "
  `);
  expect(await readJson(join(folder, '1.35.0.json'))).toMatchObject({
    release: '1.35.0',
    sources: ['coverage file', 'https://ci.example/1'],
    'total endpoints': 8,
  });
  expect(await readJson(join(folder, 'conformance-progress.json'))).toHaveLength(6);
  const before = await stat(join(folder, '1.36.0.json'));
  const again = await exportTo(folder);
  expect(again.exitCode).toBe(0);
  expect(again.states).toEqual([
    '1.35.0.json unchanged',
    '1.36.0.json unchanged',
    'conformance-progress.json unchanged',
    'conformance-coverage-per-release.json unchanged',
    'conformance-endpoints.json unchanged',
    'ineligible_endpoints.json unchanged',
  ]);
  expect((await stat(join(folder, '1.36.0.json'))).mtimeMs).toBe(before.mtimeMs);
});

test('writes only the named releases', async () => {
  const folder = await makeFolder();
  const { states } = await exportTo(folder, '--release', 'v1.35', '--release', '1.35.0');
  expect(states.filter((state) => /^\d/.test(state))).toEqual(['1.35.0.json written']);
  await expect(ask(exportCommand, url, folder, '--release', '1.34')).rejects.toMatchObject({ code: 'no_coverage' });
  await expect(ask(exportCommand, url, folder, '--release', 'x')).rejects.toMatchObject({ code: 'bad_release' });
});

describe('the file of a finished release', () => {
  const existing = { release: '1.35.0', release_date: '2025-12-17T00:00:00', endpoints: [], sources: ['a', 'b', 'c'] };

  test.each<[string, object | string, number, string, RegExp | null]>([
    ['with more sources is refused', existing, 1, 'refused', /3 sources, the database 2; --force/],
    ['with as many is rewritten', { ...existing, sources: ['a', 'b'] }, 0, 'written', null],
    ['of another release is refused', { ...existing, release: '1.34.0' }, 1, 'refused', /of release 1\.34\.0/],
    ['that is not a coverage file is refused', { hello: 1 }, 1, 'refused', /not a coverage file/],
    ['that is not JSON is refused', '{"cut', 1, 'refused', /not JSON/],
  ])('%s', async (_what, content, exitCode, state, note) => {
    const folder = await makeFolder();
    const file = join(folder, '1.35.0.json');
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    await writeFile(file, text);
    const result = await exportTo(folder);
    expect(result.exitCode).toBe(exitCode);
    expect(result.states[0]).toBe(`1.35.0.json ${state}`);
    if (note !== null) expect(result.notes[0]).toMatch(note);
    // The refused file is unchanged; the others are written.
    if (state === 'refused') expect(await readFile(file, 'utf8')).toBe(text);
    expect(result.states.filter((one) => one.endsWith(' written'))).toHaveLength(state === 'refused' ? 5 : 6);
  });

  test('is replaced by --force, with a note about the old file', async () => {
    const folder = await makeFolder();
    await writeFile(join(folder, '1.35.0.json'), JSON.stringify(existing));
    const result = await exportTo(folder, '--force');
    expect(result.exitCode).toBe(0);
    expect(result.states[0]).toBe('1.35.0.json written');
    expect(result.notes).toEqual([
      expect.stringMatching(/3 sources.*; the data of 1\.35\.0 is incomplete: its totals lie\.$/),
    ]);
    expect(await readJson(join(folder, '1.35.0.json'))).toMatchObject({ 'total endpoints': 8 });
  });

  test('in development may lose sources', async () => {
    await pool.query(`update public.release_data set release_date = null where release = '1.35.0'`);
    try {
      const folder = await makeFolder();
      await writeFile(join(folder, '1.35.0.json'), JSON.stringify({ ...existing, release_date: null }));
      expect((await exportTo(folder)).states[0]).toBe('1.35.0.json written');
    } finally {
      await pool.query(`update public.release_data set release_date = '2025-12-17' where release = '1.35.0'`);
    }
  });
});

test('refuses a file as folder, and a missing folder', async () => {
  const file = join(await makeFolder(), 'file');
  await writeFile(file, '');
  await expect(ask(exportCommand, url, file)).rejects.toMatchObject({ exitCode: 2, code: 'no_folder' });
  await expect(ask(exportCommand, url)).rejects.toMatchObject({ exitCode: 2, code: 'wrong_use' });
});

test('unknown numbers are null or refused, never zero; refused files are unchanged', async () => {
  const unknown = await makeDatabase();
  await loadSmallReleases(unknown.pool);
  const folder = await makeFolder();
  expect((await ask(exportCommand, unknown.url, folder)).exitCode).toBe(0);
  const list = await readFile(join(folder, 'ineligible_endpoints.json'), 'utf8');
  await unknown.pool.query('delete from conformance.history_data; delete from conformance.endpoint_history');
  const { stdout: withoutHistory } = await ask(exportCommand, unknown.url, folder, '--release', '1.36');
  expect(`\n${withoutHistory}`).toMatchInlineSnapshot(`
    "
    FILE                                   STATE
    1.36.0.json                            written    its totals of new endpoints are null: the loaded history does not reach it
    conformance-progress.json              refused    no history is loaded; 'snoop load baseline' loads it
    conformance-coverage-per-release.json  refused    no history is loaded; 'snoop load baseline' loads it
    conformance-endpoints.json             refused    no history is loaded; 'snoop load baseline' loads it
    ineligible_endpoints.json              unchanged
    "
  `);
  await unknown.pool.query(`delete from conformance.list where what = 'ineligible'`);
  const { exitCode, stdout } = await ask(exportCommand, unknown.url, folder, '--release', '1.36', '--force');
  expect(exitCode).toBe(1);
  expect(`\n${stdout}`).toMatchInlineSnapshot(`
    "
    FILE                                   STATE
    1.36.0.json                            written  its eligible totals are null: no list of ineligible endpoints is loaded
    conformance-progress.json              refused  no list of ineligible endpoints is loaded; 'snoop load ineligible FILE' loads one
    conformance-coverage-per-release.json  refused  no list of ineligible endpoints is loaded; 'snoop load ineligible FILE' loads one
    conformance-endpoints.json             refused  no list of ineligible endpoints is loaded; 'snoop load ineligible FILE' loads one
    ineligible_endpoints.json              refused  no list of ineligible endpoints is loaded; 'snoop load ineligible FILE' loads one
    "
  `);
  expect(await readFile(join(folder, 'ineligible_endpoints.json'), 'utf8')).toBe(list);
  expect(await readJson(join(folder, 'conformance-progress.json'))).toHaveLength(6);
});

test('an empty database gets the shipped baseline, with a message', async () => {
  const empty = await makeDatabase();
  const folder = await makeFolder();
  const { exitCode, stdout, stderr } = await ask(exportCommand, empty.url, folder, '--output', 'csv');
  expect(stderr).toMatchInlineSnapshot(`
    "Loaded from this program's data: the baseline 1.37.0, because no release was loaded.
    "
  `);
  expect([exitCode, stdout.split('\r\n')[1]]).toEqual([0, '1.37.0.json,written,']);
});
