import { describe, expect, test } from 'vitest';
import { defaultLogLimits, EventLog, type Joined, type LogLimits } from '../../../src/ui/hub/event-log.ts';
import { RequestMemory } from '../../../src/ui/hub/request-memory.ts';
import type { LiveEvent } from '../../../src/ui/live/messages.ts';
import { makeEvent } from './support.ts';

const others = { rows: false, all: false };
const withRows = { rows: true, all: true };

function fill(count: number, limits: Partial<LogLimits> = {}): EventLog {
  const log = new EventLog({ ...defaultLogLimits, ...limits });
  for (let index = 1; index <= count; index += 1) {
    log.add(makeEvent({ auditId: `request ${index}`, ...(index % 2 === 0 && { agent: 'kubelet/v1.36' }) }));
  }
  return log;
}

const numbersOf = (joined: Joined | null): number[] =>
  (joined?.rows ?? []).map((row): LiveEvent => JSON.parse(row)).map(({ number }) => number);

test("joins the events after a number, with or without the cluster's own", () => {
  const log = fill(5);
  expect(log.join(0, others)).toMatchObject({ number: 5, events: 3, unresolved: 0, counts: [['listPods', 3, 3]] });
  expect(log.join(3, { rows: false, all: true })).toMatchObject({ number: 5, events: 2, rows: null });
  expect(log.join(5, others)).toMatchObject({ number: 5, events: 0, counts: [], beganAt: null });
  expect(numbersOf(log.join(2, withRows))).toEqual([3, 4, 5]);
  expect(numbersOf(log.join(0, { rows: true, all: false }))).toEqual([1, 3, 5]);
});

test('joined step by step or at once, the counts are the same', () => {
  const log = fill(9, { rows: 2 });
  const seen: number[] = [];
  let events = 0;
  for (let number = 0; number < log.number; ) {
    const joined = log.join(number, withRows);
    seen.push(...numbersOf(joined));
    events += joined?.events ?? 0;
    number = joined?.number ?? Number.POSITIVE_INFINITY;
  }
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(events).toBe(9);
});

test('counts a request once, whatever its stages, and only requests with success as hits', () => {
  const log = new EventLog();
  log.add(makeEvent({ stage: 'ResponseStarted' }));
  log.add(makeEvent());
  log.add(makeEvent({ auditId: 'b', code: 404, isHit: false }));
  log.add(makeEvent({ auditId: 'a', source: 'another cluster' }));
  log.add(makeEvent({ auditId: 'c', endpoint: null, reason: 'non-resource path', isHit: false }));
  expect(log.readState(others)).toMatchObject({ events: 5, unresolved: 1, counts: [['listPods', 4, 2]] });
});

test('an endpoint is newly hit once: by any request, and by one that is not of the cluster', () => {
  const log = new EventLog();
  const untested = { untestedUntilNow: true };
  log.add(makeEvent({ ...untested, agent: 'kubelet/v1.36', auditId: 'own' }));
  log.add(makeEvent({ ...untested, auditId: 'first', test: 'Pod lifecycle' }));
  log.add(makeEvent({ ...untested, auditId: 'second' }));
  const found = { endpoint: 'listPods', at: '2026-11-21T10:00:00.004Z' };
  expect(log.join(0, others)?.newlyHit).toEqual([{ ...found, by: 'Pod lifecycle' }]);
  expect(log.join(0, { rows: false, all: true })?.newlyHit).toEqual([{ ...found, by: 'kubelet/v1.36' }]);
  expect(log.join(2, others)?.newlyHit).toEqual([]);
  expect(log.readState(others).newlyHit).toEqual([{ ...found, by: 'Pod lifecycle' }]);
});

describe('bounds', () => {
  test('keeps only the newest events, and joins nothing across the rest', () => {
    const log = fill(100, { events: 10 });
    expect(log.join(89, others)).toBeNull();
    expect(numbersOf(log.join(90, withRows))).toEqual([91, 92, 93, 94, 95, 96, 97, 98, 99, 100]);
    expect(log.join(101, others)).toBeNull();
    expect(log.readState({ rows: false, all: true }).events).toBe(100);
  });

  test('keeps rows up to a size; a larger one is kept alone', () => {
    const size = fill(1).join(0, withRows)?.rows?.[0]?.length ?? 0;
    const log = fill(100, { characters: 3 * size + 10, rowCharacters: 2 * size + 4 });
    expect(log.join(96, withRows)).toBeNull();
    expect(numbersOf(log.join(97, withRows))).toEqual([98, 99]);
    expect(numbersOf(fill(3, { rowCharacters: 1 }).join(0, withRows))).toEqual([1]);
  });

  test('a state has the newest rows', () => {
    expect(numbersOf(fill(100, { rows: 4 }).readState(withRows))).toEqual([97, 98, 99, 100]);
    expect(numbersOf(fill(100, { rows: 4 }).readState({ rows: true, all: false }))).toEqual([93, 95, 97, 99]);
    expect(fill(100, { rows: 4 }).readState({ rows: true, all: false }).rowsAfter).toBe(91);
    expect(fill(100, { events: 10 }).readState(withRows).rowsAfter).toBe(90);
    expect(fill(3).readState(withRows).rowsAfter).toBe(0);
  });

  test('more endpoints than the limit are counted without names', () => {
    const log = new EventLog({ ...defaultLogLimits, endpoints: 2 });
    for (const endpoint of ['a', 'b', 'c', 'a']) log.add(makeEvent({ endpoint, auditId: endpoint }));
    expect(log.readState(others)).toMatchObject({ events: 4, unresolved: 1 });
    expect(log.readState(others).counts.map(([endpoint]) => endpoint)).toEqual(['a', 'b']);
  });

  test('long texts are cut', () => {
    const log = new EventLog();
    log.add(makeEvent({ agent: 'x'.repeat(4096), path: '/'.repeat(4096) }));
    expect(log.join(0, withRows)?.rows?.[0]?.length).toBeLessThan(2000);
  });

  test('remembers at least as many requests as its limit, and at most twice as many', () => {
    const memory = new RequestMemory(3);
    expect(['a', 'b', 'c', 'a', 'd', 'a', 'e', 'f'].map((id) => memory.add('x', id))).toEqual([
      ...[true, true, true, false, true, false, true, true],
    ]);
    expect([...'abcdef'].map((id) => memory.add('x', id)).filter((isNew) => !isNew).length).toBeGreaterThanOrEqual(3);
    expect(memory.add('another', 'f')).toBe(true);
  });
});

test('forgets everything for another database', () => {
  const log = fill(3);
  log.clear();
  expect(log.number).toBe(0);
  expect(log.readState(withRows)).toMatchObject({ number: 0, events: 0, rows: [] });
  log.add(makeEvent({ auditId: 'request 1' }));
  expect(log.join(0, others)).toMatchObject({ number: 1, counts: [['listPods', 1, 1]] });
});
