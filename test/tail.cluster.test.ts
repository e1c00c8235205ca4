import { expect, test } from 'vitest';
import { expectAllRecorded, runLiveTests } from './support/report.ts';
import { startSnoop, writeLiveTest } from './support/snoop.ts';
import { connect, sharedState } from './support/state.ts';

test('snoop tail shows what a live test does, each event once, and marks the same endpoints as its report', async () => {
  const name = `tailed ${Date.now()}`;
  const tail = startSnoop([
    'tail',
    '--agent',
    `live-test-writing -- ${name}`,
    '--output',
    'json',
    '--state',
    sharedState(),
  ]);
  await tail.sawOnStderr('Following');
  const file = await writeLiveTest(`
    liveTest('${name}', async ({ cluster, namespace }) => {
      for (let number = 0; number < 20; number += 1) {
        await cluster.request({ method: 'GET', path: \`/api/v1/namespaces/\${namespace}/podtemplates\` });
      }
      await cluster.request({ method: 'GET', path: '/api/v1/componentstatuses' });
      await cluster.request({ method: 'GET', path: '/version/' });
    });
  `);
  const report = await runLiveTests([file]);
  expectAllRecorded(report);
  const client = await connect(sharedState());
  const { rows } = await client.query<{ id: string }>('select id from testing.audit_event where test = $1', [name]);
  const linesOf = (): { id: number; endpoint: string; untestedUntilNow: boolean }[] =>
    tail
      .stdout()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  await expect.poll(() => linesOf().length).toBe(rows.length);
  expect(
    linesOf()
      .map(({ id }) => id)
      .sort(),
  ).toEqual(rows.map(({ id }) => Number(id)).sort());
  expect(rows.length).toBeGreaterThanOrEqual(22);
  const marked = new Set(linesOf().flatMap((line) => (line.untestedUntilNow ? [line.endpoint] : [])));
  const untested = report.tests[0]?.endpoints.flatMap((hit) => (hit.untestedUntilNow ? [hit.endpoint] : []));
  expect([...marked].sort()).toEqual(untested);
  tail.interrupt();
  const { exitCode } = await tail.ended;
  expect(exitCode).toBe(130);
});

test('snoop tail ends with its reader', async () => {
  const tail = startSnoop(['tail', '--state', sharedState()]);
  await tail.sawOnStderr('Following');
  tail.stopReading();
  await runLiveTests([
    await writeLiveTest(`liveTest('seen by nobody', async ({ cluster }) => {
      await cluster.request({ method: 'GET', path: '/version/' });
    });`),
  ]);
  expect((await tail.ended).exitCode).toBe(0);
});
