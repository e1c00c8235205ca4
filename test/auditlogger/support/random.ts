import { randomInt } from 'node:crypto';

/** Pseudo-random choices that a seed repeats, so that a failure can be seen again: from 0 to 1, without 1. */
export type Random = () => number;

/**
 * A new seed each time, which is printed. To see a failure again, give it back: it is the one setting that these tests
 * read from their environment, as in `SNOOP_TEST_SEED=1234 npx vitest run test/auditlogger/kills.faults.test.ts`.
 * @param what that is random, for the line that is printed
 */
export function chooseSeed(what: string): number {
  const given = process.env.SNOOP_TEST_SEED;
  const seed = given === undefined ? randomInt(2 ** 31) : Number(given);
  if (!Number.isSafeInteger(seed)) throw new Error(`SNOOP_TEST_SEED is no whole number: ${given}.`);
  console.log(`${what}: SNOOP_TEST_SEED=${seed}`);
  return seed;
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
  const found = list[pickNumber(random, list.length)];
  if (found === undefined) throw new Error('There is nothing to choose from.');
  return found;
}
