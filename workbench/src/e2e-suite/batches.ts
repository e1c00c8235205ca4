import type { Spec } from './spec.ts';

/** The specs of one process of e2e.test, which runs them one after the other. */
export interface Batch {
  readonly specs: readonly Spec[];
  /** Whether no other batch runs at the same time. */
  readonly isSerial: boolean;
}

/**
 * A process leaves its JUnit when it ends, so smaller batches lose less when one is killed; each start takes about two
 * seconds.
 */
const maxSpecs = 30;

/**
 * Divides specs into batches for `parallel` processes. Each process takes the next batch when it is free, so there are
 * several for each; serial specs come last, alone.
 */
export function divideSpecs(specs: readonly Spec[], parallel: number): Batch[] {
  const serial = specs.filter(({ isSerial }) => isSerial);
  const others = specs.filter(({ isSerial }) => !isSerial);
  const size = parallel === 1 ? maxSpecs : Math.min(maxSpecs, Math.max(1, Math.ceil(others.length / (parallel * 3))));
  return [...split(others, size, false), ...split(serial, maxSpecs, true)];
}

function split(specs: readonly Spec[], size: number, isSerial: boolean): Batch[] {
  return Array.from({ length: Math.ceil(specs.length / size) }, (_, at) => ({
    specs: specs.slice(at * size, (at + 1) * size),
    isSerial,
  }));
}
