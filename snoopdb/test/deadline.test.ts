import { expect, test } from 'vitest';
import { withDeadline, waitAtMost } from '../src/deadline.ts';

const late = (): Error => new Error('no answer');
const never = new Promise<never>(() => {});

test('returns a result in time, and passes an error on', async () => {
  expect(await withDeadline(60_000, late, async () => 'here')).toBe('here');
  await expect(withDeadline(60_000, late, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
});

test('aborts the signal of late work', async () => {
  let received: AbortSignal | undefined;
  const work = (signal: AbortSignal): Promise<never> => {
    received = signal;
    return never;
  };
  await expect(withDeadline(1, late, work)).rejects.toThrow('no answer');
  expect(received?.reason).toEqual(late());
});

test('ends work with the reason of a signal, even of one aborted before', async () => {
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

test('waits for work, but no longer than the limit', async () => {
  await waitAtMost(60_000, Promise.resolve());
  await waitAtMost(1, never);
  await expect(waitAtMost(60_000, Promise.reject(new Error('broken')))).rejects.toThrow('broken');
});
