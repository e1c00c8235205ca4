import { expect, test } from 'vitest';
import { SharedReads } from '../../src/ui/shared-reads.ts';

test('reads once for requests at the same time, and again later, also after an error', async () => {
  const shared = new SharedReads();
  let reads = 0;
  const read = async (): Promise<number> => {
    reads += 1;
    if (reads === 2) throw new Error('away');
    return reads;
  };
  expect(await Promise.all([shared.read('a', read), shared.read('a', read)])).toEqual([1, 1]);
  const failed = await Promise.allSettled([shared.read('a', read), shared.read('a', read)]);
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await Promise.all([shared.read('a', read), shared.read('b', read)])).toEqual([3, 4]);
});
