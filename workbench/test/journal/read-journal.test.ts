import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { appendTestLine, createJournal, openWorkerJournal, writeRunHead } from '../../src/journal/journal.ts';
import type { RunHead } from '../../src/journal/journal-lines.ts';
import { readJournal } from '../../src/journal/read-journal.ts';
import { createRunId } from '../../src/journal/run-id.ts';
import { makeFolder } from '../support/folder.ts';
import { makeHead } from '../support/recorded-cluster.ts';

const at = '2026-01-01T00:00:01.000Z';
const file = '/x/a.live.ts';

async function begin(changes: Partial<RunHead> = {}): Promise<string> {
  return createJournal(await makeFolder(), makeHead(changes));
}

test('reads a run as it was written', async () => {
  const folder = await begin();
  appendTestLine(folder, { kind: 'collected', test: 't1', name: 'one', file });
  appendTestLine(folder, { kind: 'collected', test: 't2', name: 'two', file: '/elsewhere/b.live.ts' });
  const journal = openWorkerJournal(folder);
  journal.write({ kind: 'test', at, test: 't1', try: 1, name: 'one', file });
  journal.write({ kind: 'step', at, test: 't1', try: 1, step: 1, name: 'first' });
  journal.write({ kind: 'sent', at, id: 'r.1.1', test: 't1', try: 1, step: 1, method: 'GET', path: '/version' });
  journal.write({ kind: 'answered', at, id: 'r.1.1', status: 200 });
  journal.write({ kind: 'closed', at, id: 'r.1.1', error: null });
  journal.write({ kind: 'step-end', at, test: 't1', step: 1, state: 'passed' });
  journal.close();
  appendTestLine(folder, {
    kind: 'result',
    test: 't1',
    state: 'failed',
    error: 'a\0b',
    tries: 1,
    startedAt: at,
    endedAt: at,
  });
  appendTestLine(folder, {
    kind: 'result',
    test: 't2',
    state: 'skipped',
    error: null,
    tries: 1,
    startedAt: null,
    endedAt: null,
  });
  appendTestLine(folder, { kind: 'printed', test: 't1', text: 'listed ' });
  appendTestLine(folder, { kind: 'printed', test: 't1', text: '1\0\n' });
  writeRunHead(folder, makeHead({ state: 'failed', endedAt: at }));

  const { tests, requests, state, endedAt } = await readJournal(folder);
  expect({ state, endedAt }).toEqual({ state: 'failed', endedAt: new Date(at) });
  expect(tests).toMatchObject([
    {
      test: 1,
      name: 'one',
      file: 'a.live.ts',
      state: 'failed',
      error: 'a\u{fffd}b',
      output: 'listed 1\u{fffd}\n',
      steps: [{ step: 1, name: 'first', state: 'passed' }],
    },
    { test: 2, name: 'two', file: '/elsewhere/b.live.ts', state: 'skipped', steps: [] },
  ]);
  expect(requests).toMatchObject([{ auditId: 'r.1.1', test: 1, step: 1, status: 200, outcome: 'answered' }]);
});

test.each([
  ['nothing more', [], { outcome: 'unknown', status: null }],
  ['an answer', [{ kind: 'answered', at, id: 'r.1.1', status: 200 }], { outcome: 'open', status: 200 }],
  [
    'an answer and its end',
    [
      { kind: 'answered', at, id: 'r.1.1', status: 200 },
      { kind: 'closed', at, id: 'r.1.1', error: 'aborted' },
    ],
    { outcome: 'answered', status: 200, error: null },
  ],
  [
    'an error',
    [{ kind: 'closed', at, id: 'r.1.1', error: 'reset' }],
    { outcome: 'no answer', status: null, error: 'reset' },
  ],
] as const)('a sent request with %s', async (_what, lines, expected) => {
  const folder = await begin();
  const journal = openWorkerJournal(folder);
  journal.write({ kind: 'test', at, test: 't1', try: 1, name: 'one', file });
  journal.write({ kind: 'sent', at, id: 'r.1.1', test: 't1', try: 1, step: null, method: 'GET', path: '/version' });
  for (const line of lines) journal.write(line);
  journal.close();
  expect((await readJournal(folder)).requests).toMatchObject([expected]);
});

test('skips a line that was cut when its writer was killed', async () => {
  const folder = await begin();
  const journal = openWorkerJournal(folder);
  journal.write({ kind: 'test', at, test: 't1', try: 1, name: 'one', file });
  journal.write({ kind: 'sent', at, id: 'r.1.1', test: 't1', try: 1, step: null, method: 'GET', path: '/version' });
  journal.close();
  appendFileSync(join(folder, 'worker-1.jsonl'), '{"kind":"sent","at":"2026-01-01T00:00:02.000Z","id":"r.1');
  appendFileSync(join(folder, 'tests.jsonl'), '{"kind":"colle');
  const { tests, requests } = await readJournal(folder);
  expect(tests).toMatchObject([{ name: 'one', state: 'running' }]);
  expect(requests).toMatchObject([{ auditId: 'r.1.1', outcome: 'unknown' }]);
});

test('a started test without an end failed; one that did not start was skipped', async () => {
  const folder = await begin({ state: 'failed' });
  appendTestLine(folder, { kind: 'collected', test: 't1', name: 'killed', file });
  appendTestLine(folder, { kind: 'collected', test: 't2', name: 'after it', file });
  const journal = openWorkerJournal(folder);
  journal.write({ kind: 'test', at, test: 't1', try: 1, name: 'killed', file });
  journal.close();
  expect((await readJournal(folder)).tests).toMatchObject([
    { name: 'killed', state: 'failed', error: 'The test did not end: the process that ran it has ended.' },
    { name: 'after it', state: 'skipped', error: null },
  ]);
});

test('an interrupted test is not skipped', async () => {
  const folder = await begin({ state: 'interrupted' });
  const journal = openWorkerJournal(folder);
  journal.write({ kind: 'test', at, test: 't1', try: 1, name: 'cut off', file });
  journal.close();
  appendTestLine(folder, { kind: 'collected', test: 't1', name: 'cut off', file });
  appendTestLine(folder, {
    kind: 'result',
    test: 't1',
    state: 'skipped',
    error: null,
    tries: 1,
    startedAt: null,
    endedAt: null,
  });
  expect((await readJournal(folder)).tests).toMatchObject([{ name: 'cut off', state: 'running' }]);
});

test.each([
  ['only steps to be written', ['outlined', 'outlined'], [], 'outlined'],
  ['such steps and a written one', ['outlined', 'passed'], [], 'passed'],
  ['such steps and a request', ['outlined'], ['r.1.1'], 'passed'],
  ['no step', [], [], 'passed'],
] as const)('a passed test with %s', async (_what, steps, sent, state) => {
  const folder = await begin({ state: 'passed' });
  const journal = openWorkerJournal(folder);
  journal.write({ kind: 'test', at, test: 't1', try: 1, name: 'one', file });
  for (const [index, stepState] of steps.entries()) {
    journal.write({ kind: 'step', at, test: 't1', try: 1, step: index, name: 'create' });
    journal.write({ kind: 'step-end', at, test: 't1', step: index, state: stepState });
  }
  for (const id of sent)
    journal.write({ kind: 'sent', at, id, test: 't1', try: 1, step: null, method: 'GET', path: '/' });
  journal.write({ kind: 'test-result', at, test: 't1', state: 'passed', error: null });
  journal.close();
  expect((await readJournal(folder)).tests).toMatchObject([{ state, steps: steps.map((one) => ({ state: one })) }]);
});

test('workers claim distinct numbers and are read in their order', async () => {
  const folder = await begin();
  const journals = Array.from({ length: 11 }, () => openWorkerJournal(folder));
  expect(journals.map(({ worker }) => worker)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  for (const { worker, write, close } of journals.reverse()) {
    write({ kind: 'test', at, test: `t${worker}`, try: 1, name: `of ${worker}`, file });
    close();
  }
  const { tests } = await readJournal(folder);
  expect(tests.map(({ test: number, name }) => `${number} ${name}`).slice(-2)).toEqual(['10 of 10', '11 of 11']);
});

test('refuses a folder without a head', async () => {
  const folder = join(await makeFolder(), 'x');
  mkdirSync(folder);
  await expect(readJournal(folder)).rejects.toMatchObject({ code: 'bad_journal' });
  writeFileSync(join(folder, 'run.json'), '{"id":');
  await expect(readJournal(folder)).rejects.toMatchObject({ code: 'bad_journal' });
});

test('ids sort by time', () => {
  expect(createRunId(new Date('2026-11-21T03:05:01.999Z'))).toMatch(/^20261121-030501-[a-z2-7]{6}$/);
});

test('reads the run of a command: its client, a body that could not be read, and no path as its file', async () => {
  const folder = await begin();
  appendTestLine(folder, { kind: 'collected', test: 'command', name: 'kubectl apply', file: 'snoop exec -- kubectl' });
  const journal = openWorkerJournal(folder, { isSeparate: false });
  const sent = { kind: 'sent', at, test: 'command', try: 1, step: null, method: 'DELETE', path: '/x' } as const;
  journal.write({ ...sent, id: 'r.1.1', agent: 'kubectl\0/v1' });
  journal.write({ kind: 'unread', at, id: 'r.1.1', type: 'application/cbor' });
  journal.write({ ...sent, id: 'r.1.2' });
  journal.close();
  const { tests, requests } = await readJournal(folder);
  expect(tests).toMatchObject([{ name: 'kubectl apply', file: 'snoop exec -- kubectl' }]);
  expect(requests.map(({ clientAgent, unreadBody }) => [clientAgent, unreadBody])).toEqual([
    ['kubectl\u{fffd}/v1', 'application/cbor'],
    [undefined, undefined],
  ]);
});

test('a closed journal writes nothing', async () => {
  const folder = await begin();
  const journal = openWorkerJournal(folder);
  const body = { auditId: 'r.1.1', direction: 'answer', body: {}, bytes: 2, omitted: null } as const;
  journal.writeBody(body);
  journal.close();
  journal.writeBody(body);
  expect(() => journal.write({ kind: 'test-end', at, test: 't' })).toThrow('is closed');
  expect(readFileSync(join(folder, 'bodies-1.jsonl'), 'utf8').split('\n')).toHaveLength(2);
});
