import { waitAtMost } from '@snoop/snoopdb';

/** Work that heeds the signal is over at once; what waits for somebody's lock in the database is not waited for. */
const graceMs = 2_000;

/**
 * Waits for work, but no longer than a moment after the signal is aborted. What is left of it then ends with the
 * connections that it uses; its transaction is rolled back.
 *
 * @throws the signal's reason
 */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // Nobody waits any more for work that was left behind.
  work.catch(() => {});
  let stopListening = (): void => {};
  const aborted = new Promise<void>((resolve) => {
    const onAbort = (): void => resolve();
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    stopListening = () => signal.removeEventListener('abort', onAbort);
  });
  const settled = work.then(
    () => {},
    () => {},
  );
  await Promise.race([settled, aborted]);
  stopListening();
  if (!signal.aborted) return work;
  await waitAtMost(graceMs, settled);
  throw signal.reason;
}
