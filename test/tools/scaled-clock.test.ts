import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createScaledClock } from './scaled-clock.ts';

test('runs faster than real time, and ends no wait too early', async () => {
  const clock = createScaledClock(1000);
  await Promise.all(
    [3000, 1000, 2000].map(async (ms) => {
      await clock.wait(ms);
      expect(clock.now()).toBeGreaterThanOrEqual(ms);
    }),
  );
});

test('with scale Infinity, jumps from the end of one wait to the end of the next', async () => {
  const clock = createScaledClock(Number.POSITIVE_INFINITY);
  const woken = await Promise.all(
    [86_400_000, 1000, 2000].map(async (ms) => {
      await clock.wait(ms);
      return clock.now();
    }),
  );
  expect(woken).toEqual([86_400_000, 1000, 2000]);
});

test.for([1000, Number.POSITIVE_INFINITY])('with scale %d, runs in real time during work', async (scale) => {
  const clock = createScaledClock(scale);
  const before = clock.now();
  const started = performance.now();
  await clock.during(() => clock.wait(5));
  expect(performance.now() - started).toBeGreaterThanOrEqual(4);
  expect(clock.now() - before).toBeGreaterThanOrEqual(5);
});

test.for([1000, Number.POSITIVE_INFINITY])('with scale %d, stops while it is held', async (scale) => {
  const clock = createScaledClock(scale);
  let woken = false;
  const waiting = clock.wait(1).then(() => {
    woken = true;
  });
  await clock.hold(async () => {
    const before = clock.now();
    // Nothing happens, so there is no fact to wait for: some real time must pass.
    await clock.during(() => wait(5));
    expect(clock.now()).toBe(before);
    expect(woken).toBe(false);
  });
  await waiting;
});

test('a cancelled wait does not resolve', async () => {
  const clock = createScaledClock(Number.POSITIVE_INFINITY);
  const giving = new AbortController();
  const given = clock.wait(5000, giving.signal);
  giving.abort(new Error('given up'));
  await expect(given).rejects.toThrow('given up');
  await clock.wait(1000);
  expect(clock.now()).toBe(1000);
});
