import { thisProcess } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { appendTestLine, createJournal, openWorkerJournal, writeRunHead } from '../../../src/journal/journal.ts';
import type { RunHead } from '../../../src/journal/journal-lines.ts';
import { createRunId } from '../../../src/journal/run-id.ts';
import { RunningRuns } from '../../../src/ui/hub/running-runs.ts';
import { makeFolder } from '../../support/folder.ts';
import { makeHead } from '../../support/recorded-cluster.ts';

function makeRunningHead(change: Partial<RunHead> = {}): RunHead {
  const startedAt = new Date();
  const id = createRunId(startedAt);
  return makeHead({ id, state: 'running', startedAt: startedAt.toISOString(), process: thisProcess(), ...change });
}

test('shows a run with its tests and steps while it grows, and when it has just ended', async () => {
  const state = await makeFolder();
  const runs = new RunningRuns(state);
  expect(await runs.read()).toBeNull();
  const head = makeRunningHead();
  const folder = createJournal(state, head);
  const at = head.startedAt;
  const journal = openWorkerJournal(folder);
  for (const [id, name] of [
    ['t1', 'Pod <b>lifecycle</b>'],
    ['t2', 'not begun'],
  ] as const) {
    appendTestLine(folder, { kind: 'collected', test: id, name, file: '/x/a.live.ts' });
  }
  journal.write({ kind: 'test', at, test: 't1', try: 1, name: 'Pod <b>lifecycle</b>', file: '/x/a.live.ts' });
  journal.write({ kind: 'step', at, test: 't1', try: 1, step: 1, name: 'create' });
  journal.write({ kind: 'sent', at, id: 'r.1.1', test: 't1', try: 1, step: 1, method: 'GET', path: '/version' });
  expect(await runs.read()).toMatchObject([
    {
      ...{ id: head.id, state: 'running', requests: 1, endedAt: null, moreTests: 0 },
      tests: [
        { name: 'Pod <b>lifecycle</b>', state: 'running', steps: [{ name: 'create', state: 'running' }] },
        { name: 'not begun', steps: [] },
      ],
    },
  ]);
  expect(await runs.read()).toBeNull();

  journal.write({ kind: 'step-end', at, test: 't1', step: 1, state: 'passed' });
  await expect.poll(() => runs.read()).toMatchObject([{ tests: [{ steps: [{ state: 'passed' }] }, {}] }]);
  journal.close();
  writeRunHead(folder, { ...head, state: 'passed', endedAt: new Date().toISOString(), saved: true });
  await expect.poll(() => runs.read()).toMatchObject([{ id: head.id, state: 'passed' }]);
});

test('leaves out runs that ended before, and shows a killed one as interrupted', async () => {
  const state = await makeFolder();
  const ended = new Date(Date.now() - 60_000);
  createJournal(state, makeRunningHead({ id: createRunId(ended), state: 'passed', endedAt: ended.toISOString() }));
  const killed = makeRunningHead({ process: { pid: 999_999_999, start: 'never' } });
  createJournal(state, killed);
  expect(await new RunningRuns(state).read()).toMatchObject([{ id: killed.id, state: 'interrupted' }]);
});

test('shows a bounded part of a large run', async () => {
  const state = await makeFolder();
  const head = makeRunningHead();
  const folder = createJournal(state, head);
  for (let index = 0; index < 70; index += 1) {
    appendTestLine(folder, { kind: 'collected', test: `t${index}`, name: 'x'.repeat(1000), file: '/x/a.live.ts' });
  }
  const [run] = (await new RunningRuns(state).read()) ?? [];
  expect(run).toMatchObject({ moreTests: 20 });
  expect(run?.tests).toHaveLength(50);
  expect(run?.tests[0]?.name).toHaveLength(300);
});
