import { onTestFailed } from 'vitest';

/** A whole number from 0 on, below the limit. */
export type PickNumber = (limit: number) => number;

/** The same numbers in every run, unless SNOOP_TEST_SEED asks for others (mulberry32, public domain). */
export function createPicker(): PickNumber {
  const seed = Number(process.env.SNOOP_TEST_SEED || '1');
  onTestFailed(({ task }) => {
    console.error(`To repeat the random choices: SNOOP_TEST_SEED=${seed} npx vitest run ${task.file.name}`);
  });
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

/** Changes, removes, repeats or inserts some bytes. */
export function damage(bytes: Buffer, pick: PickNumber): Buffer {
  const start = pick(bytes.length);
  const end = Math.min(bytes.length, start + pick(40));
  const pieces = [
    Buffer.from([pick(256)]),
    Buffer.from(
      ['<', '>', '"', '&', '&#0;', ']]>', '<![CDATA[', '<!--', '<testcase>', '</testsuite>', '\u001b['][pick(11)] ?? '',
    ),
    Buffer.concat(Array.from({ length: 1 + pick(200) }, () => bytes.subarray(start, end))),
    Buffer.alloc(0),
  ];
  const piece = pieces[pick(pieces.length)] ?? Buffer.alloc(0);
  return Buffer.concat([bytes.subarray(0, start), piece, bytes.subarray(pick(2) === 0 ? start : end)]);
}

/** Cuts bytes into chunks at random places. */
export function* cutIntoChunks(bytes: Uint8Array, pick: PickNumber, longest: number): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; ) {
    const length = 1 + pick(longest);
    yield bytes.subarray(start, start + length);
    start += length;
  }
}
