import { onTestFailed } from 'vitest';

/** Pseudo-random numbers from 0 to 1, without 1. */
export type Random = () => number;

/**
 * The random numbers of the running test. They are the same in every run unless SNOOP_TEST_SEED asks for others; a test
 * that fails prints the command that repeats them.
 * @param stream another number gives other random numbers, for a test that needs several generators
 * @throws Error when SNOOP_TEST_SEED is not a whole number
 */
export function createTestRandom(stream = 0): Random {
  const given = process.env.SNOOP_TEST_SEED || '1';
  const seed = Number(given);
  if (!Number.isSafeInteger(seed)) throw new Error(`SNOOP_TEST_SEED must be a whole number, but is "${given}".`);
  onTestFailed(({ task }) => {
    console.error(`To repeat the random choices: SNOOP_TEST_SEED=${seed} npx vitest run ${task.file.name}`);
  });
  return createRandom(seed + stream);
}

/** How many of its random rounds a test of a `*.partly.*` file runs: all in the lane slow, elsewhere the first fifth. */
export function countRounds(all: number): number {
  return process.env.SNOOP_TEST_ALL ? all : Math.ceil(all / 5);
}

/** The cases that a test of a `*.partly.*` file runs: all in the lane slow, elsewhere every fifth. */
export function takeShare<T>(cases: readonly T[]): readonly T[] {
  return process.env.SNOOP_TEST_ALL ? cases : cases.filter((_, index) => index % 5 === 0);
}

/** A generator of 32 bits (mulberry32, public domain): its low bits are as good as its high ones. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from 0 on, below the limit. */
export function pickNumber(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

/** @throws Error when there is nothing to choose from */
export function pick<T>(random: Random, list: readonly T[]): T {
  if (list.length === 0) throw new Error('There is nothing to choose from.');
  return list[pickNumber(random, list.length)] as T;
}
