import { awaitsResolution } from '@snoop/snoopdb';
import type { Pool } from '@snoop/snoopdb';
import { pause } from '../pause.ts';

const pollMs = 200;
/** The owner beside a kind cluster's SnoopDB looks every second. */
const withinMs = 5_000;

export const unresolvedStay =
  'requests that did not resolve stay so in this report: only the owner of SnoopDB may resolve them again';

/**
 * Waits a moment for what the role of a workbench may not do itself: resolving a run's requests again with a newer document
 * of their cluster. Asks once where nothing waits.
 *
 * @param signal ends the waiting
 * @param mostMs after which the report is made without it
 * @returns false: nobody with the owner's rights did it in time
 */
export async function awaitResolution(
  pool: Pool,
  run: string,
  signal: AbortSignal = new AbortController().signal,
  mostMs: number = withinMs,
): Promise<boolean> {
  const deadline = performance.now() + mostMs;
  while (await awaitsResolution(pool, run)) {
    if (signal.aborted || performance.now() > deadline) return false;
    await pause(pollMs, signal);
  }
  return true;
}
