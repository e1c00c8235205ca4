import { expect, test } from 'vitest';
import { ReadLimit } from '../../src/ui/read-limit.ts';

test('reads two at a time, in order, without those that are not wanted, and continues after an error', async () => {
  const limit = new ReadLimit(2);
  const ends: (() => void)[] = [];
  const begun: number[] = [];
  const read = (number: number, isWanted = true): Promise<number | undefined> =>
    limit.read(
      async () => {
        begun.push(number);
        await new Promise<void>((resolve) => ends.push(resolve));
        if (number === 1) throw new Error('away');
        return number;
      },
      () => isWanted,
    );
  const reads = [read(1), read(2), read(3, false), read(4), read(5)];
  const settled = Promise.allSettled(reads);
  await expect.poll(() => begun).toEqual([1, 2]);
  ends[0]?.();
  await expect.poll(() => begun).toEqual([1, 2, 4]);
  ends[1]?.();
  await expect.poll(() => begun).toEqual([1, 2, 4, 5]);
  for (const end of ends) end();
  expect((await settled).map((one) => (one.status === 'fulfilled' ? one.value : 'failed'))).toEqual([
    'failed',
    2,
    undefined,
    4,
    5,
  ]);
});
