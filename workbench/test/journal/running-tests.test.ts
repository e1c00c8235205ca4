import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { WorkerLine } from '../../src/journal/journal-lines.ts';
import { RunningTests } from '../../src/journal/running-tests.ts';
import { describeRunning } from '../../src/run/hanging-tests.ts';
import { makeFolder } from '../support/folder.ts';

test('a test runs from its start to its end, in the innermost running step', async () => {
  const folder = await makeFolder();
  const running = new RunningTests(folder);
  const write = (...lines: WorkerLine[]): void =>
    appendFileSync(join(folder, 'worker-1.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const list = (): string[] => running.list().map(({ name, step, worker }) => `${name} / ${step} / ${worker?.pid}`);
  const at = '';
  expect(list()).toEqual([]);
  write({ kind: 'worker', at, pid: 7, start: 's' });
  write({ kind: 'test', at, test: 'a', try: 1, name: 'A', file: '/a', timeoutMs: 5000 });
  expect(list()).toEqual(['A / null / 7']);
  write({ kind: 'step', at, test: 'a', try: 1, step: 1, name: 'outer' });
  write({ kind: 'step', at, test: 'a', try: 1, step: 2, name: 'outer > inner' });
  expect(list()).toEqual(['A / outer > inner / 7']);
  write({ kind: 'step-end', at, test: 'a', step: 2, state: 'passed' });
  write({ kind: 'test', at, test: 'b', try: 1, name: 'B 漢', file: '/a' });
  expect(list()).toEqual(['A / outer / 7', 'B 漢 / null / 7']);
  write({ kind: 'test-end', at, test: 'a' });
  expect(list()).toEqual(['B 漢 / null / 7']);
  // Cut in the middle of a character; the next call reads the rest.
  const line = Buffer.from(`${JSON.stringify({ kind: 'test', test: 'c', name: 'C 漢', file: '/a', at })}\n`);
  const cut = line.indexOf(Buffer.from('漢')) + 1;
  appendFileSync(join(folder, 'worker-1.jsonl'), line.subarray(0, cut));
  expect(list()).toEqual(['B 漢 / null / 7']);
  appendFileSync(join(folder, 'worker-1.jsonl'), line.subarray(cut));
  expect(list()).toEqual(['B 漢 / null / 7', 'C 漢 / null / 7']);
});

test('describes a test that takes long', () => {
  const one = {
    test: 'a',
    name: 'Pod lifecycle',
    file: '/a',
    sinceMs: 0,
    timeoutMs: 60_000,
    step: 'create',
    worker: null,
  };
  expect(describeRunning(one, 30_400)).toBe("Still running after 30 s: Pod lifecycle, in step 'create' (timeout 60 s)");
  expect(describeRunning({ ...one, step: null, timeoutMs: 0 }, 10_000)).toBe(
    'Still running after 10 s: Pod lifecycle (no timeout)',
  );
});
