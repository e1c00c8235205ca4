import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startOwnControlPlane } from './support/control-plane.ts';
import { parseReport } from './support/report.ts';
import { runSnoop, writeLiveTest } from './support/snoop.ts';

test('a report needs no running control plane: SnoopDB is started for it and stopped again', async () => {
  const state = await startOwnControlPlane();
  const file = await writeLiveTest(
    `liveTest('kept', async ({ cluster }) => { await cluster.request({ path: '/api/v1/namespaces' }); });`,
  );
  const first = await runSnoop(['test', file, '--state', state, '--output', 'json']);
  await runSnoop(['down', '--state', state]);
  const again = await Promise.all([1, 2].map(() => runSnoop(['report', '--state', state, '--output', 'json'])));
  for (const ended of again) expect(parseReport(ended)).toEqual(parseReport(first));
  // PostgreSQL keeps this file exactly as long as it runs.
  await expect(access(join(state, 'snoopdb', 'data', 'postmaster.pid'))).rejects.toMatchObject({ code: 'ENOENT' });
});
