import { setTimeout as wait } from 'node:timers/promises';

const everyMs = 250;

/**
 * Looks until something holds.
 *
 * @param what for the error, after "Waited in vain until "
 * @param deadlineS for what hangs; no test asserts a time
 * @throws Error when it did not come to hold, with what the last look said against it
 */
export async function waitUntil(what: string, holds: () => boolean | Promise<boolean>, deadlineS = 900): Promise<void> {
  const deadline = performance.now() + deadlineS * 1000;
  let obstacle: unknown;
  for (;;) {
    try {
      if (await holds()) return;
      obstacle = undefined;
    } catch (error) {
      obstacle = error;
    }
    if (performance.now() > deadline) throw new Error(`Waited in vain until ${what}.`, { cause: obstacle });
    await wait(everyMs);
  }
}
