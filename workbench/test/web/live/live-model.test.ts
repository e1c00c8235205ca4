import { expect, test } from 'vitest';
import type { LiveEvent, LiveFrame, LiveState } from '../../../src/ui/live/messages.ts';
import { filterEvents } from '../../../web/src/live/event-filter.ts';
import { applyFrame, applyState, emptyModel, type LiveModel, maxRows } from '../../../web/src/live/live-model.ts';

function makeRow(number: number, change: Partial<LiveEvent> = {}): LiveEvent {
  return {
    ...{ number, time: '2026-11-21T10:00:00.000Z', auditId: `a${number}`, stage: 'ResponseComplete', verb: 'list' },
    ...{ code: 200, endpoint: 'listPods', reason: null, path: '/api/v1/pods', agent: 'kubectl', test: null },
    ...{ user: 'ada', source: 'x', isHit: true, isDryRun: false, untested: false, isOwn: false },
    ...change,
  };
}

function makeState(number: number, change: Partial<LiveState> = {}): LiveState {
  const none = { events: number, unresolved: 0, counts: [], newlyHit: [], rows: [], rowsAfter: 0 };
  return { kind: 'state', session: 's', since: '2026-11-21T09:00:00.000Z', number, ...none, ...change };
}

function makeFrame(after: number, number: number, change: Partial<LiveFrame> = {}): LiveFrame {
  const rows = Array.from({ length: number - after }, (_, index) => makeRow(after + 1 + index));
  const none = { events: rows.length, unresolved: 0, newlyHit: [], waitedMs: 0 };
  return { kind: 'frame', after, number, ...none, counts: [['listPods', rows.length, rows.length]], rows, ...change };
}

const numbersOf = ({ rows }: LiveModel): number[] => rows.map(({ number }) => number);

test('frames add to the state', () => {
  const begun = applyState(emptyModel, makeState(3, { counts: [['listPods', 2, 1]] }));
  const model = applyFrame(begun, makeFrame(3, 5));
  expect(model).toMatchObject({ position: { session: 's', number: 5 }, events: 5, gap: null });
  expect(model?.counts.get('listPods')).toEqual(['listPods', 4, 3]);
  expect(model && numbersOf(model)).toEqual([4, 5]);
});

test('a frame that was applied changes nothing; one that does not follow needs the state', () => {
  const model = applyState(emptyModel, makeState(5));
  expect(applyFrame(model, makeFrame(3, 5))).toBe(model);
  expect(applyFrame(model, makeFrame(6, 7))).toBeNull();
  expect(applyFrame(model, makeFrame(4, 6))).toBeNull();
  expect(applyFrame(emptyModel, makeFrame(0, 1))).toBeNull();
});

test('a state of the same session keeps the rows and names the gap', () => {
  const before = applyFrame(applyState(emptyModel, makeState(0)), makeFrame(0, 3));
  if (before === null) throw new Error('The frame follows.');
  const model = applyState(before, makeState(100, { rows: [makeRow(99), makeRow(100)], rowsAfter: 98 }));
  expect(numbersOf(model)).toEqual([1, 2, 3, 99, 100]);
  expect(model.gap).toEqual({ after: 3, events: 95 });
  const wider = applyState(before, makeState(3, { rows: [1, 2, 3].map((number) => makeRow(number)) }));
  expect(numbersOf(wider)).toEqual([1, 2, 3]);
  const overlapping = applyState(before, makeState(4, { rows: [makeRow(2), makeRow(3), makeRow(4)] }));
  expect(numbersOf(overlapping)).toEqual([1, 2, 3, 4]);
  expect(overlapping.gap).toBeNull();
});

test('a state with more kinds of events adds their rows between the known ones', () => {
  const before = applyState(emptyModel, makeState(5, { rows: [makeRow(2), makeRow(5)] }));
  const model = applyState(before, makeState(5, { rows: [1, 2, 3, 4, 5].map((number) => makeRow(number)) }));
  expect(numbersOf(model)).toEqual([1, 2, 3, 4, 5]);
  expect(model.gap).toBeNull();
});

test('a state of another session, or with a closed table, replaces the rows', () => {
  const before = applyState(emptyModel, makeState(3, { rows: [makeRow(3)] }));
  expect(numbersOf(applyState(before, makeState(2, { session: 't', rows: [makeRow(1)] })))).toEqual([1]);
  expect(numbersOf(applyState(before, makeState(4, { rows: null })))).toEqual([]);
});

test('keeps a bounded number of rows', () => {
  let model: LiveModel | null = applyState(emptyModel, makeState(0));
  for (let number = 0; number < maxRows + 2000 && model !== null; number += 1000) {
    model = applyFrame(model, makeFrame(number, number + 1000));
  }
  expect(model?.rows.length).toBe(maxRows);
  expect(model?.rows.at(-1)?.number).toBe(maxRows + 2000);
  expect(model?.events).toBe(maxRows + 2000);
});

test('filters by words in any field, and by untested', () => {
  const rows = [
    makeRow(1, { test: 'Pod lifecycle <b>', untested: true }),
    makeRow(2, { code: 404, path: '/nowhere', endpoint: null }),
    makeRow(3),
    makeRow(4, { isOwn: true }),
  ];
  const find = (text: string, untested = false): number[] =>
    filterEvents(rows, { text, untested, all: false }).map(({ number }) => number);
  expect(find('')).toEqual([1, 2, 3]);
  expect(find('POD lifecycle')).toEqual([1]);
  expect(find('404')).toEqual([2]);
  expect(find('listpods ada')).toEqual([1, 3]);
  expect(find('nothing')).toEqual([]);
  expect(find('', true)).toEqual([1]);
  expect(filterEvents(rows, { text: '', untested: false, all: true })).toHaveLength(4);
});
