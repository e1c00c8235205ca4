import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

/** Measures the heap bytes that are still in use after the work. */
export function measureRetainedBytes(work: () => void): number {
  const before = measure();
  work();
  return measure() - before;
}

function measure(): number {
  if (typeof collect === 'function') collect();
  return process.memoryUsage().heapUsed;
}
