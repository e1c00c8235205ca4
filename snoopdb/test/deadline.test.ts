import { expect, test } from 'vitest';
import { withDeadline, waitAtMost } from '../src/deadline.ts';

const late = (): Error => new Error('no answer');
const never = new Promise<never>(() => {});

test('an answer in time is given, and an error passed on', async () => {
  expect(await withDeadline(60_000, late, async () => 'here')).toBe('here');
  await expect(withDeadline(60_000, late, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
});

test('the signal of late work is aborted', async () => {
  let received: AbortSignal | undefined;
  const work = (signal: AbortSignal): Promise<never> => {
    received = signal;
    return never;
  };
  await expect(withDeadline(1, late, work)).rejects.toThrow('no answer');
  expect(received?.reason).toEqual(late());
});

test('work is ended by a signal with its reason, also by one that was aborted before', async () => {
  const ending = new AbortController();
  const answer = withDeadline(60_000, late, () => never, ending.signal);
  ending.abort(new Error('called off'));
  await expect(answer).rejects.toThrow('called off');
  let wasBegun = false;
  const begin = async (): Promise<void> => {
    wasBegun = true;
  };
  await expect(withDeadline(60_000, late, begin, ending.signal)).rejects.toThrow('called off');
  expect(wasBegun).toBe(false);
});

test('work is waited for, but not longer than that', async () => {
  await waitAtMost(60_000, Promise.resolve());
  await waitAtMost(1, never);
  await expect(waitAtMost(60_000, Promise.reject(new Error('broken')))).rejects.toThrow('broken');
});
