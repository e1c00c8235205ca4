import { describeError, findUntested, createEventFollower, withClient } from '@snoop/snoopdb';
import type { FollowedEvents, Pool, PoolClient } from '@snoop/snoopdb';
import { askInTime, isAway } from '../evidence/outage.ts';
import { pause } from '../pause.ts';
import type { TailedEvent, TailFilter } from './tailed-event.ts';
import { isWanted } from './tailed-event.ts';

export interface TailOptions {
  readonly pool: Pool;
  readonly filter: TailFilter;
  /** Takes events as fast as they are read by whoever reads; false: nobody reads any more. */
  readonly show: (events: readonly TailedEvent[]) => Promise<boolean>;
  /** Told once when SnoopDB goes away, comes back, or is another one, and as soon as the place is found to follow from. */
  readonly say: (text: string) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** The API server of a local control plane sends its events several times a second. */
const pollMs = 150;
const awayPollMs = 500;
/** A database that does not answer within this is away, too. */
const answerMs = 20_000;

/**
 * Shows audit events as they are committed, from now on, each once and none left out, until it is aborted or nobody
 * reads any more. Whoever reads slowly gets them later: what is not yet shown waits in the database. While SnoopDB is
 * away it is waited for.
 *
 * @throws what SnoopDB answers to the first question; later all that no waiting can mend
 */
export async function tailEvents({ pool, filter, show, say, signal }: TailOptions): Promise<void> {
  const follower = createEventFollower();
  const ended = new Promise<false>((resolve) => {
    signal.addEventListener('abort', () => resolve(false), { once: true });
  });
  // Kept until it is shown: the follower does not give it out again.
  let read: FollowedEvents | null = null;
  let hasBegun = false;
  let isDown = false;
  while (!signal.aborted) {
    let events: TailedEvent[];
    try {
      // Its connection is cut when that takes too long, or when nobody wants to know any more.
      events = await askInTime(
        answerMs,
        (cut) =>
          withClient(
            pool,
            async (client) => {
              read ??= await follower.read(client);
              return mark(client, read, filter);
            },
            cut,
          ),
        signal,
      );
    } catch (error) {
      if (signal.aborted) return;
      if (!hasBegun || !mayPass(error)) throw error;
      if (!isDown) say(`SnoopDB is away (${describeError(error)}); waiting for it.`);
      isDown = true;
      await pause(awayPollMs, signal);
      continue;
    }
    if (isDown) say('SnoopDB is back; what was committed meanwhile follows.');
    isDown = false;
    if (!hasBegun) say('Following the audit events from now on; Ctrl-C ends it.');
    hasBegun = true;
    const { more, isOtherDatabase }: FollowedEvents = read ?? { events, more: false, isOtherDatabase: false };
    read = null;
    if (isOtherDatabase) say('This is another SnoopDB than before: it is followed from now on.');
    // Who ends it does not wait for a reader that has stopped.
    if (events.length > 0 && !(await Promise.race([show(events), ended]))) return;
    if (!more) await pause(pollMs, signal);
  }
}

async function mark(client: PoolClient, { events }: FollowedEvents, filter: TailFilter): Promise<TailedEvent[]> {
  const wanted = events.filter((event) => isWanted(event, filter));
  const hit = new Set(wanted.flatMap(({ isHit, endpoint }) => (isHit && endpoint !== null ? [endpoint] : [])));
  const untested = await findUntested(client, [...hit]);
  const marked = wanted.map((event) => ({
    ...event,
    untestedUntilNow: event.isHit && event.endpoint !== null && untested.has(event.endpoint),
  }));
  return filter.untestedOnly ? marked.filter(({ untestedUntilNow }) => untestedUntilNow) : marked;
}

/** Tables that are not there yet, or not any more for a moment: a database that is being made, a partition that goes. */
const passingCodes = new Set(['42P01', '3F000', 'XX000', '40001', '40P01', '57014', '55P03']);

function mayPass(error: unknown): boolean {
  if (isAway(error)) return true;
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && passingCodes.has(error.code);
}
