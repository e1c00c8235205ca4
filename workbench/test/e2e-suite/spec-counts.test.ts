import { expect, test } from 'vitest';
import type { Batch } from '../../src/e2e-suite/batches.ts';
import { type CountedEvent, formatCounts, SpecCounter } from '../../src/e2e-suite/spec-counts.ts';

const batch = (isSerial: boolean, ...names: string[]): Batch => ({
  specs: names.map((name) => ({ name, file: 'test/e2e/x.go', isSerial })),
  isSerial,
});

const event = (test: string | null, change: Partial<CountedEvent> = {}): CountedEvent => ({
  ...{ test, stage: 'ResponseComplete', endpoint: 'listCoreV1Pod', isHit: true, untestedUntilNow: false },
  ...change,
});

test('a spec has ended when the next one of its process begins', () => {
  const counter = new SpecCounter(
    [batch(false, 'a', 'b'), batch(false, 'c', 'd'), batch(false, 'e'), batch(true, 'f', 'g')],
    2,
  );
  const seen: string[] = [];
  for (const name of ['a', 'c', 'a', 'b', 'b', 'e', 'c', 'f']) {
    counter.note(event(name));
    const { begun, ended } = counter.read();
    seen.push(`${name}: ${begun} begun, ${ended} ended`);
  }
  counter.end();
  seen.push(formatCounts(counter.read()));
  expect(seen).toMatchInlineSnapshot(`
    [
      "a: 1 begun, 0 ended",
      "c: 2 begun, 0 ended",
      "a: 2 begun, 0 ended",
      "b: 3 begun, 1 ended",
      "b: 3 begun, 1 ended",
      "e: 5 begun, 3 ended",
      "c: 5 begun, 3 ended",
      "f: 6 begun, 5 ended",
      "6 of 7 specs ended, 8 requests",
    ]
  `);
});

test('all specs of a process have ended when it ends', () => {
  const counter = new SpecCounter([batch(false, 'a', 'b'), batch(false, 'c')], 2);
  counter.note(event('a'));
  counter.note(event('c'));
  counter.endBatch(1);
  counter.endBatch(3);
  expect(formatCounts(counter.read())).toBe('2 of 3 specs ended, 1 running, 2 requests');
});

test('counts requests of specs once, and endpoints that are newly hit', () => {
  const counter = new SpecCounter([batch(false, 'a')], 1);
  counter.note(event('a', { stage: 'ResponseStarted' }));
  counter.note(event('a', { untestedUntilNow: true }));
  counter.note(event('a', { untestedUntilNow: true }));
  counter.note(event('a', { untestedUntilNow: true, isHit: false, endpoint: 'createCoreV1Node' }));
  counter.note(event(null));
  counter.note(event('of another suite'));
  expect(counter.read()).toEqual({ specs: 1, begun: 1, ended: 0, requests: 3, newlyHit: ['listCoreV1Pod'] });
  expect(formatCounts(counter.read())).toBe('0 of 1 specs ended, 1 running, 3 requests, 1 endpoint newly hit');
});
