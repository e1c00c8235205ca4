import { expect, test } from 'vitest';
import type { PartStatus } from '../../src/control-plane/status.ts';
import { openLivePage } from '../ui/hub/live-pages.ts';
import { askCluster, makeStateFolder, readStatus, snoop, until, up } from './support.ts';

test('snoop up serves the page, which survives crashes and ends with it', async () => {
  const folder = await makeStateFolder();
  const { stderr } = await up(folder);
  const { ui } = await readStatus(folder);
  expect(stderr).toContain(`The page, live: ${ui.url}`);
  expect((await snoop(['status'], folder)).stdout).toMatch(/snoop ui +runs +http:\/\/127\.0\.0\.1:\d+\/ /);
  expect((await fetch(`${ui.url}live.html`)).status).toBe(200);

  const live = await openLivePage(ui.url);
  const createNamespace = async (name: string): Promise<void> => {
    await until(
      async () => (await askCluster(folder, 'POST', '/api/v1/namespaces', { metadata: { name } })).status === 201,
    );
    const path = `/api/v1/namespaces/${name}`;
    await askCluster(folder, 'GET', path);
    await until(() => live.model().rows.some((row) => row.path === path && row.verb === 'get'));
  };
  await createNamespace('before');

  const { snoopdb } = await readStatus(folder);
  kill(snoopdb);
  await until(async () => {
    const now = (await readStatus(folder)).snoopdb;
    return now.running && now.pid !== snoopdb.pid;
  });
  await createNamespace('after');
  expect(live.states).toHaveLength(1);
  // Its first rows were the newest ones then.
  const [first = 0] = live.numbers;
  expect(live.numbers).toEqual(live.numbers.map((_, index) => first + index));

  kill(ui);
  await until(async () => {
    const now = (await readStatus(folder)).ui;
    return now.running && now.pid !== ui.pid && (await fetch(`${now.url}live.html`).catch(() => null))?.ok;
  });

  expect((await snoop(['down'], folder)).exitCode).toBe(0);
  await expect(fetch(`${ui.url}live.html`)).rejects.toThrow('fetch failed');
});

function kill({ pid }: PartStatus): void {
  if (pid === null) throw new Error('It does not run.');
  process.kill(pid, 'SIGKILL');
}
