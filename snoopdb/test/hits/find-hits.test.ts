import { expect, test } from 'vitest';
import { createSlice } from '../../src/events/event-list.ts';
import { readAgent } from '../../src/events/test-agent.ts';
import { createHitFinder } from '../../src/hits/find-hits.ts';
import type { HittingEvent } from '../../src/hits/hit.ts';
import { measureRetainedBytes } from '../support/retained-memory.ts';

const mebibyte = 1024 * 1024;

function makeHitting(userAgent: string): HittingEvent {
  const slice = { ...createSlice(), userAgent, requestUri: '/api', verb: 'get', code: 200 };
  return { agent: readAgent(userAgent), endpoint: 'getAPIVersions', isHit: true, slice };
}

test('a hit keeps only the beginning of a long agent', () => {
  const finder = createHitFinder({ release: null });
  const kept = measureRetainedBytes(() => {
    for (let number = 0; number < 1000; number += 1) {
      const long = Buffer.alloc(100_000, 'x').toString('latin1');
      finder.add([makeHitting(`live-test ${number} -- ${long}`), makeHitting(`live-test ${number}${long} -- a`)]);
    }
  });
  expect(finder.hits.size).toBe(2000);
  expect(kept).toBeLessThan(16 * mebibyte);
  expect([...finder.hits.values()][0]).toMatchObject({ agent: 'live-test 0', test: 'x'.repeat(1100) });
});

test('counts agents beyond the limit together', () => {
  const finder = createHitFinder({ release: null });
  const filling = 'x'.repeat(1000);
  for (let number = 0; number < 40_000; number += 1) finder.add([makeHitting(`${number} ${filling}`)]);
  expect(finder.hits.size).toBeLessThan(34_000);
  expect([...finder.hits.values()].at(-1)).toMatchObject({ agent: 'other', endpoint: 'getAPIVersions' });
});
