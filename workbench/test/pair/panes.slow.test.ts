import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { findShared } from '../support/control-plane.ts';
import { askSession, makeCorner, needProgram, openTerminal, patience, runSnoop, see } from './support.ts';

test('a session shows tests at every save, their report, and the events', async (context) => {
  needProgram(context, 'tmux');
  const { folder } = await findShared();
  const corner = await makeCorner(folder);
  const write = (name: string): Promise<void> =>
    writeFile(
      join(corner.work, 'together.live.ts'),
      `
import { liveTest } from '@snoop/workbench';
liveTest('${name}', async ({ cluster, namespace }) => {
  await cluster.request({ path: '/api/v1/namespaces/' + namespace + '/podtemplates' });
});
`,
    );
  await write('written together');
  const ended = await runSnoop(['pair', '--local', '--author', 'ada', '--author', 'grace'], corner);
  expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
  const read = (pane: string): Promise<string> => askSession(corner, 'capture-pane', '-p', '-J', '-S', '-', '-t', pane);
  const [, tests = '', events = ''] = (await askSession(corner, 'list-panes', '-F', '#{pane_id}')).split('\n');

  await vi.waitFor(
    async () => expect(await read(tests)).toMatch(/ada[\s\S]*grace[\s\S]*listCoreV1NamespacedPodTemplate/),
    patience,
  );
  const grace = await openTerminal(['pair'], corner, { columns: 180, rows: 50 });
  await see(grace, 'written together');
  await write('written again');
  await vi.waitFor(async () => expect(await read(tests)).toContain('written again'), patience);
  await vi.waitFor(
    async () => expect(await read(events)).toMatch(/listCoreV1NamespacedPodTemplate.*written again/),
    patience,
  );
});
