import { setTimeout as wait } from 'node:timers/promises';
import { SnoopError } from '../errors.ts';
import type { ClusterApi } from './cluster-api.ts';
import { findProblems } from './problems.ts';

const pollMs = 500;
const problemsEveryMs = 5_000;

export interface WaitOptions {
  readonly api: ClusterApi;
  /** The cluster's name. */
  readonly cluster: string;
  readonly signal: AbortSignal;
  /** Should exceed the back-off of kubelet and API server. */
  readonly withinMs: number;
  /** The message of the error after the time limit. */
  readonly failure: string;
  readonly advice: readonly string[];
  /** Reports the current problem. */
  readonly update: (detail: string) => void;
}

/**
 * Waits until `poll` returns a value; reports problems of the cluster meanwhile, and in the error.
 *
 * @param poll returns null if it should be called again
 * @throws SnoopError `not_ready`, `image_missing`, `disk_full`; the signal's reason
 */
export async function waitUntil<T>(poll: () => Promise<T | null>, options: WaitOptions): Promise<T> {
  const { api, cluster, signal, withinMs, failure, advice, update } = options;
  const deadline = performance.now() + withinMs;
  let checkedAt = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const found = await poll();
    if (found !== null) return found;
    if (performance.now() > deadline) break;
    if (performance.now() - checkedAt > problemsEveryMs) {
      const [first] = await findProblems(api, cluster);
      if (first) update(first.sentence);
      checkedAt = performance.now();
    }
    await wait(pollMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
  const problems = await findProblems(api, cluster);
  const grave = problems.find(({ kind }) => kind === 'disk_full' || kind === 'image_missing');
  throw new SnoopError(grave?.kind ?? 'not_ready', failure, {
    advice: [...new Set(problems.flatMap((problem) => [problem.sentence, ...problem.advice])), ...advice],
  });
}
