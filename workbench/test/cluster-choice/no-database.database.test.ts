import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { acquireEmbeddedServer, purgeEmbeddedServer } from '@snoop/snoopdb';
import { expect, onTestFinished, test } from 'vitest';
import { command as coverage } from '../../src/cli/coverage.ts';
import { command as check } from '../../src/cli/db/check.ts';
import { command as migrate } from '../../src/cli/db/migrate.ts';
import { command as psql } from '../../src/cli/db/psql.ts';
import { command as address } from '../../src/cli/db/url.ts';
import { command as report } from '../../src/cli/report.ts';
import { command as tail } from '../../src/cli/tail.ts';
import { command as liveTest } from '../../src/cli/test.ts';
import { command as untested } from '../../src/cli/untested.ts';
import { prepareShippedFolder } from '../../src/cluster-choice/shipped-database.ts';
import { readEnvironment } from '../../src/environment.ts';
import { runCommand } from '../support/ask.ts';
import { makeFolder } from '../support/folder.ts';

test('a question in any folder uses shipped data in the cache, created once for all processes', async () => {
  const [folder, cache] = [await makeFolder(), await makeFolder()];
  const place = join(cache, 'snoop', 'shipped-data');
  onTestFinished(async () => {
    for (const name of await readdir(place)) await purgeEmbeddedServer(join(place, name));
  });
  const ask = () => runCommand(untested, folder, ['--all', '--output', 'json'], { XDG_CACHE_HOME: cache });
  const [one, other] = await Promise.all([ask(), ask()]);
  expect(one.exitCode).toBe(0);
  expect(JSON.parse(one.stdout).endpoints.length).toBeGreaterThan(0);
  expect(other).toMatchObject({ exitCode: 0, stdout: one.stdout });
  expect(await ask()).toEqual({ exitCode: 0, stdout: one.stdout, stderr: expect.not.stringContaining('making') });
  const difference = await runCommand(coverage, folder, ['diff', '1.34', '1.37'], { XDG_CACHE_HOME: cache });
  expect(difference).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Before  1.34 (1.34.0)') });
  expect(difference.stderr).toContain("Loaded from this program's data: 1.34.0.");
  expect(await readdir(place)).toHaveLength(1);
  expect(await readdir(folder)).toEqual([]);
});

test('removes databases of other versions after a week without use', async () => {
  const cache = await makeFolder();
  const place = join(cache, 'snoop', 'shipped-data');
  const names = { old: 'a'.repeat(16), inUse: 'b'.repeat(16), young: 'c'.repeat(16), other: 'not-of-ours' };
  for (const name of Object.values(names)) await mkdir(join(place, name), { recursive: true });
  const server = await acquireEmbeddedServer({ folder: join(place, names.inUse), user: 'a test' });
  onTestFinished(() => purgeEmbeddedServer(join(place, names.inUse)));
  const list = async (): Promise<string[]> => {
    const longAgo = new Date('2026-01-01');
    for (const name of [names.old, names.inUse, names.other])
      await utimes(join(place, name), longAgo, longAgo).catch(() => {});
    const own = basename(await prepareShippedFolder(readEnvironment({ XDG_CACHE_HOME: cache })));
    return (await readdir(place)).filter((name) => name !== own).sort();
  };
  expect(await list()).toEqual([names.inUse, names.young, names.other]);
  await server.release();
  expect(await list()).toEqual([names.young, names.other]);
});

test('reports an unwritable cache', async () => {
  const folder = await makeFolder();
  const file = join(folder, 'a-file');
  await writeFile(file, '');
  await expect(runCommand(untested, folder, [], { XDG_CACHE_HOME: file })).rejects.toMatchObject({
    code: 'no_cache',
    exitCode: 3,
    advice: [expect.stringContaining(file), expect.stringContaining('XDG_CACHE_HOME')],
  });
  expect(await readdir(folder)).toEqual(['a-file']);
});

test.each([
  ['report', report],
  ['tail', tail],
  ['db url', address],
  ['db check', check],
  ['db psql', psql],
  ['db migrate', migrate],
])('snoop %s without a SnoopDB is refused and creates nothing', async (_name, command) => {
  const folder = await makeFolder();
  await expect(runCommand(command, folder, [])).rejects.toMatchObject({
    code: 'no_database',
    exitCode: 2,
    message: expect.stringContaining(join(folder, '.snoop')),
    advice: [expect.stringContaining('snoop up'), expect.stringContaining('--database-url')],
  });
  expect(await readdir(folder)).toEqual([]);
});

test('snoop test --kubeconfig without a SnoopDB for that cluster is refused before the first request', async () => {
  const folder = await makeFolder();
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'other', cluster: { server: 'https://other.invalid:6443' } }],
    users: [{ name: 'admin', user: { token: 'x' } }],
    contexts: [{ name: 'other', context: { cluster: 'other', user: 'admin' } }],
    'current-context': 'other',
  };
  await writeFile(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig));
  await writeFile(join(folder, 'one.live.ts'), '');
  await expect(runCommand(liveTest, folder, ['--kubeconfig', 'kubeconfig'])).rejects.toMatchObject({
    code: 'no_database',
    exitCode: 2,
    message: 'No SnoopDB is named for the audit events of https://other.invalid:6443.',
    advice: [expect.stringContaining('--database-url URL or DATABASE_URL'), expect.stringContaining('snoop up')],
  });
  expect((await readdir(folder)).sort()).toEqual(['kubeconfig', 'one.live.ts']);
});
