import { describeError } from '@snoop/snoopdb';
import type { Pool } from '@snoop/snoopdb';
import { isAway } from '../evidence/outage.ts';
import { followEvents, type FollowOptions } from './follow-events.ts';

export interface TailOptions extends Pick<FollowOptions, 'filter' | 'since' | 'show' | 'signal'> {
  readonly pool: Pool;
  /** Prints when following starts, and when SnoopDB goes away, returns or has been replaced. */
  readonly print: (text: string) => void;
}

/** The API server of a local control plane sends its events several times a second. */
const pollMs = 150;

/**
 * Follows events as {@link followEvents} does, and prints outages.
 *
 * @throws any error of the first query; later, errors that waiting cannot fix
 */
export async function tailEvents({ pool, print, ...options }: TailOptions): Promise<void> {
  let hasBegun = false;
  let isDown = false;
  await followEvents({
    ...options,
    getPool: () => pool,
    getPollMs: () => pollMs,
    canWait: (error) => hasBegun && isTransient(error),
    onState(state) {
      if (state.kind === 'away') {
        if (!isDown) print(`SnoopDB is away (${describeError(state.error)}); waiting for it.`);
        isDown = true;
        return;
      }
      if (isDown) print('SnoopDB is back; the events committed meanwhile follow.');
      isDown = false;
      if (!hasBegun) print('Following new audit events; Ctrl-C ends it.');
      hasBegun = true;
      if (state.isOtherDatabase) print('This is a different SnoopDB; following its new events.');
    },
  });
}

/** Errors while a database is being created or a partition dropped, and aborted transactions. */
const transientCodes = new Set(['42P01', '3F000', 'XX000', '40001', '40P01', '57014', '55P03']);

function isTransient(error: unknown): boolean {
  if (isAway(error)) return true;
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && transientCodes.has(error.code);
}
