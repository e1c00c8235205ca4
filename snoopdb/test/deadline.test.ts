import { expect, test } from 'vitest';
import { answerWithin, waitAtMost } from '../src/deadline.ts';

const late = (): Error => new Error('no answer');
const never = new Promise<never>(() => {});

test('an answer in time is given, and an error passed on', async () => {
  expect(await answerWithin(60_000, late, async () => 'here')).toBe('here');
  await expect(answerWithin(60_000, late, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
});

test('work without an answer in time is told by its signal', async () => {
  let told: AbortSignal | undefined;
  const work = (signal: AbortSignal): Promise<never> => {
    told = signal;
    return never;
  };
  await expect(answerWithin(1, late, work)).rejects.toThrow('no answer');
  expect(told?.reason).toEqual(late());
});

test('work is ended by a signal with its reason, also by one that was aborted before', async () => {
  const ending = new AbortController();
  const answer = answerWithin(60_000, late, () => never, ending.signal);
  ending.abort(new Error('called off'));
  await expect(answer).rejects.toThrow('called off');
  let wasBegun = false;
  const begin = async (): Promise<void> => {
    wasBegun = true;
  };
  await expect(answerWithin(60_000, late, begin, ending.signal)).rejects.toThrow('called off');
  expect(wasBegun).toBe(false);
});

test('work is waited for, but not longer than that', async () => {
  await waitAtMost(60_000, Promise.resolve());
  await waitAtMost(1, never);
  await expect(waitAtMost(60_000, Promise.reject(new Error('broken')))).rejects.toThrow('broken');
});
