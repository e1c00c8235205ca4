import { waitAtMost } from '@snoop/snoopdb';

/** Time for work to end after an abort; work that waits for a lock in the database does not. */
const graceMs = 2_000;

/**
 * Waits for work, but only briefly after an abort. Work that goes on ends with its connection; its transaction is rolled
 * back.
 *
 * @throws the signal's reason
 */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // Its error is not handled after an abort.
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
