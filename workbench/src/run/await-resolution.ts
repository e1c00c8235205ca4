import { awaitsResolution } from '@snoop/snoopdb';
import type { Pool } from '@snoop/snoopdb';
import { pause } from '../pause.ts';

const pollMs = 200;
/** In a kind cluster, the owner's process checks every second. */
const defaultLimitMs = 5_000;

export const unresolvedNote =
  'unresolved requests stay unresolved in this report: only the owner of SnoopDB may resolve them again';

/**
 * Waits until the owner of SnoopDB has resolved a run's requests again with a newer document of their cluster, which
 * the role of a workbench may not do.
 *
 * @param signal ends the wait
 * @returns false: not done within `limitMs`
 */
export async function awaitResolution(
  pool: Pool,
  run: string,
  signal: AbortSignal = new AbortController().signal,
  limitMs: number = defaultLimitMs,
): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (await awaitsResolution(pool, run)) {
    if (signal.aborted || performance.now() > deadline) return false;
    await pause(pollMs, signal);
  }
  return true;
}
