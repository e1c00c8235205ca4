import { withLock } from '@snoop/snoopdb';
import type { Progress } from '../progress.ts';

export interface StateLockOptions {
  /** The state folder, absolute. */
  readonly folder: string;
  readonly progress: Progress;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

/** Runs `work` while no other process starts or stops the state folder's cluster; reports whom it waits for. */
export function withStateLock<T>(purpose: string, options: StateLockOptions, work: () => Promise<T>): Promise<T> {
  const { folder, progress, signal } = options;
  const onWait = (holder: { pid: number; purpose: string }): void =>
    progress.print(`'${holder.purpose}' (process ${holder.pid}) is working in ${folder}; waiting for it.`);
  return withLock(folder, { purpose, onWait, signal }, work);
}
