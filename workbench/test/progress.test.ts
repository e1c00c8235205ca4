import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createProgress, formatBar } from '../src/progress.ts';

test.each([
  [
    { bytes: 532e6, totalBytes: 1330e6, events: 400_000 },
    8,
    true,
    '[########............] 40 %, 532 of 1,330 MB, 400,000 events, 50,000/s, 12 s left',
  ],
  [
    { bytes: 532e6, totalBytes: 1330e6, events: 400_000 },
    8,
    false,
    '40 %, 532 of 1,330 MB, 400,000 events, 50,000/s, 12 s left',
  ],
  // The size of standard input is unknown.
  [{ bytes: 1.26e6, totalBytes: null, events: 900 }, 3, true, '1.3 MB, 900 events, 300/s'],
  [{ bytes: 0, totalBytes: 5e6, events: 0 }, 0.5, true, '[....................] 0 %, 0 of 5 MB, 0 events'],
  [{ bytes: 1e6, totalBytes: 100e6, events: 10 }, 10, false, '1 %, 1 of 100 MB, 10 events, 1/s, 17 min left'],
  [
    { bytes: 7e6, totalBytes: 5e6, events: 10 },
    10,
    false,
    'all read, 7 of 5 MB, 10 events, 1/s, storing the last of it',
  ],
  [{ bytes: 0, totalBytes: 0, events: 0 }, 2, true, '0 MB, 0 events, 0/s'],
])('%j after %i s', (state, seconds, drawn, line) => {
  expect(formatBar(state, seconds, drawn)).toBe(line);
});

test('prints nothing for short work, and passes on its result and error', async () => {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk));
      done();
    },
  });
  const progress = createProgress(stream, true);
  const work = async (
    update: (state: { bytes: number; totalBytes: null; events: number }) => void,
  ): Promise<number> => {
    update({ bytes: 1, totalBytes: null, events: 1 });
    return 7;
  };
  expect(await progress.bar('loading', work)).toBe(7);
  await expect(progress.bar('loading', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(written).toEqual([]);
});
