import { describeError, findUntested, createEventFollower, withClient } from '@snoop/snoopdb';
import type { FollowedEvents, Pool, PoolClient } from '@snoop/snoopdb';
import { queryInTime, isAway } from '../evidence/outage.ts';
import { pause } from '../pause.ts';
import type { TailedEvent, TailFilter } from './tailed-event.ts';
import { matchesFilter } from './tailed-event.ts';

export interface TailOptions {
  readonly pool: Pool;
  readonly filter: TailFilter;
  /** Begin with the events stored since then. */
  readonly since: Date | undefined;
  /** Resolves when the reader has accepted the events; false: the reader has closed. */
  readonly show: (events: readonly TailedEvent[]) => Promise<boolean>;
  /** Prints when following starts, and when SnoopDB goes away, returns or has been replaced. */
  readonly print: (text: string) => void;
  readonly signal: AbortSignal;
}

/** The API server of a local control plane sends its events several times a second. */
const pollMs = 150;
const awayPollMs = 500;
/** After this, a database without an answer counts as away. */
const answerMs = 20_000;

/**
 * Shows each audit event committed from `since` or now on exactly once, until the signal aborts or the reader closes. Events wait
 * in the database for a slow reader. Waits while SnoopDB is away.
 *
 * @throws any error of the first query; later, errors that waiting cannot fix
 */
export async function tailEvents({ pool, filter, since, show, print, signal }: TailOptions): Promise<void> {
  const follower = createEventFollower({ since });
  const ended = new Promise<false>((resolve) => {
    signal.addEventListener('abort', () => resolve(false), { once: true });
  });
  // Kept until shown: the follower returns events once.
  let read: FollowedEvents | null = null;
  let hasBegun = false;
  let isDown = false;
  while (!signal.aborted) {
    let events: TailedEvent[];
    try {
      // Closes its connection on timeout or abort.
      events = await queryInTime(
        answerMs,
        (cut) =>
          withClient(
            pool,
            async (client) => {
              read ??= await follower.read(client);
              return markUntested(client, read, filter);
            },
            cut,
          ),
        signal,
      );
    } catch (error) {
      if (signal.aborted) return;
      if (!hasBegun || !isTransient(error)) throw error;
      if (!isDown) print(`SnoopDB is away (${describeError(error)}); waiting for it.`);
      isDown = true;
      await pause(awayPollMs, signal);
      continue;
    }
    if (isDown) print('SnoopDB is back; the events committed meanwhile follow.');
    isDown = false;
    if (!hasBegun) print('Following new audit events; Ctrl-C ends it.');
    hasBegun = true;
    const { more, isOtherDatabase }: FollowedEvents = read ?? { events, more: false, isOtherDatabase: false };
    read = null;
    if (isOtherDatabase) print('This is a different SnoopDB; following its new events.');
    // An abort does not wait for a stopped reader.
    if (events.length > 0 && !(await Promise.race([show(events), ended]))) return;
    if (!more) await pause(pollMs, signal);
  }
}

async function markUntested(
  client: PoolClient,
  { events }: FollowedEvents,
  filter: TailFilter,
): Promise<TailedEvent[]> {
  const wanted = events.filter((event) => matchesFilter(event, filter));
  const hit = new Set(wanted.flatMap(({ isHit, endpoint }) => (isHit && endpoint !== null ? [endpoint] : [])));
  const untested = await findUntested(client, [...hit]);
  const marked = wanted.map((event) => ({
    ...event,
    untestedUntilNow: event.isHit && event.endpoint !== null && untested.has(event.endpoint),
  }));
  return filter.untestedOnly ? marked.filter(({ untestedUntilNow }) => untestedUntilNow) : marked;
}

/** Errors while a database is being created or a partition dropped, and aborted transactions. */
const transientCodes = new Set(['42P01', '3F000', 'XX000', '40001', '40P01', '57014', '55P03']);

function isTransient(error: unknown): boolean {
  if (isAway(error)) return true;
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && transientCodes.has(error.code);
}
