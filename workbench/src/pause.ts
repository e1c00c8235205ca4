import { setTimeout as delay } from 'node:timers/promises';

/** Resolves after a while, at once when aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {});
}
