import { findUntested, createEventFollower, withClient } from '@snoop/snoopdb';
import type { FollowedEvents, Pool, PoolClient } from '@snoop/snoopdb';
import { queryInTime } from '../evidence/outage.ts';
import { pause } from '../pause.ts';
import type { TailedEvent, TailFilter } from './tailed-event.ts';
import { matchesFilter } from './tailed-event.ts';

/** How a read went. */
export type FollowState =
  | { readonly kind: 'following'; readonly more: boolean; readonly isOtherDatabase: boolean }
  | { readonly kind: 'away'; readonly error: unknown };

export interface FollowOptions {
  /** Called before each query. May throw, like a query, while SnoopDB is away. */
  readonly getPool: () => Pool;
  readonly filter: TailFilter;
  /** Begin with the events stored since then. */
  readonly since?: Date | undefined;
  /** Resolves when the reader has accepted the events; false: the reader has closed. */
  readonly show: (events: readonly TailedEvent[]) => Promise<boolean>;
  /** Called after each query, before `show`. */
  readonly onState: (state: FollowState) => void;
  /** Whether to wait and retry after this error of a query; otherwise it is thrown. */
  readonly canWait: (error: unknown) => boolean;
  /** The pause after all events are read. */
  readonly getPollMs: () => number;
  readonly signal: AbortSignal;
}

const awayPollMs = 500;
/** After this, a database without an answer counts as away. */
const answerMs = 20_000;

/**
 * Shows each audit event committed from `since` or now on exactly once, until the signal aborts or the reader closes.
 * Events wait in the database for a slow reader and during an outage.
 */
export async function followEvents(options: FollowOptions): Promise<void> {
  const { getPool, filter, since, show, onState, canWait, getPollMs, signal } = options;
  const follower = createEventFollower({ since });
  const ended = new Promise<false>((resolve) => {
    signal.addEventListener('abort', () => resolve(false), { once: true });
  });
  // Kept until shown: the follower returns events once.
  let read: FollowedEvents | null = null;
  while (!signal.aborted) {
    let events: TailedEvent[];
    try {
      // Closes its connection on timeout or abort.
      events = await queryInTime(
        answerMs,
        (cut) =>
          withClient(
            getPool(),
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
      if (!canWait(error)) throw error;
      onState({ kind: 'away', error });
      await pause(awayPollMs, signal);
      continue;
    }
    const { more, isOtherDatabase }: FollowedEvents = read ?? { events, more: false, isOtherDatabase: false };
    read = null;
    onState({ kind: 'following', more, isOtherDatabase });
    // An abort does not wait for a stopped reader.
    if (events.length > 0 && !(await Promise.race([show(events), ended]))) return;
    if (!more) await pause(getPollMs(), signal);
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
