import type { Pool, PoolClient } from 'pg';
import { findFirstEventId } from '../live-table/first-event.ts';
import { readQuerySql } from '../postgres/query-file.ts';
import { OpenNumbers } from './open-numbers.ts';

/** A committed audit event; texts up to 4,096 characters. */
export interface FollowedEvent {
  readonly id: number;
  readonly auditId: string | null;
  readonly stage: string | null;
  readonly verb: string | null;
  readonly code: number | null;
  /** null: none, see `reason`. */
  readonly endpoint: string | null;
  readonly reason: string | null;
  /** What the event leaves open, for example `GET or HEAD`. */
  readonly ambiguous: string | null;
  /** The user agent as it was sent. */
  readonly agent: string | null;
  /** The test named by the user agent. */
  readonly test: string | null;
  /** The authenticated user. */
  readonly user: string | null;
  /** Whether a controller, the scheduler, a kubelet or the kube-apiserver sent the request, by agent and user. */
  readonly isController: boolean;
  readonly source: string;
  /** Whether it proves a hit: it has an endpoint and a success code, and is not a dry run. */
  readonly isHit: boolean;
  readonly isDryRun: boolean;
  /** Path and query. */
  readonly path: string | null;
  /** When its stage was reached, as the API server wrote it. */
  readonly stagedAt: string | null;
  /** When its transaction began, ISO 8601. */
  readonly storedAt: string;
}

export interface FollowedEvents {
  /** By id. */
  readonly events: readonly FollowedEvent[];
  /** Whether there may be more: read again at once. */
  readonly more: boolean;
  /** Whether the database is not the same as before; it is followed from now on. */
  readonly isOtherDatabase: boolean;
}

/** Returns live events as they are committed, each exactly once. */
export interface EventFollower {
  /**
   * Reads the events committed since the last call. The first call only sets the start and returns no events. After an error,
   * call it again, also on another connection: no event is lost or returned twice.
   */
  read(client: Pool | PoolClient): Promise<FollowedEvents>;
}

interface PollRow {
  database: string;
  lastId: string;
  writers: string[];
  events: (FollowedEvent & { isForgotten: boolean })[];
}

interface StartRow {
  database: string;
  newestId: string;
  near: number[];
  writers: string[];
}

/** Number of newest ids that are checked at the start for events not yet committed. */
const recentNumbers = 10_000;
const maxEvents = 1000;

/**
 * Follows the live events, without hidden and rejected ones. The cost of a call depends on the events it returns, not on
 * those stored. Events that are dropped with their partition before they are read are lost.
 *
 * @param options.maxEvents maximum number of events per call, default 1,000
 * @param options.since begin with the events stored since then (default: with those stored after the first call)
 */
export function createEventFollower(
  options: { readonly maxEvents?: number; readonly since?: Date | undefined } = {},
): EventFollower {
  const limit = options.maxEvents ?? maxEvents;
  let { since } = options;
  const look = readQuerySql('follow-events');
  let database: string | null = null;
  let open = new OpenNumbers(1, []);

  async function begin(client: Pool | PoolClient): Promise<void> {
    const found = await client.query<StartRow>(readQuerySql('follow-begin'), [recentNumbers]);
    const place = found.rows[0];
    if (!place) return;
    const first = since === undefined ? null : await findFirstEventId(client, since);
    open = new OpenNumbers(Math.max(1, first ?? Number(place.newestId) - recentNumbers), place.writers);
    if (first === null) open.note(place.near, true, place.writers);
    database = place.database;
  }

  // Transactions that ran at the same time stored their events a little out of order.
  const isOld = ({ storedAt }: FollowedEvent): boolean => since !== undefined && Date.parse(storedAt) < since.getTime();

  return {
    async read(client) {
      if (database === null) {
        await begin(client);
        return { events: [], more: false, isOtherDatabase: false };
      }
      const { gaps } = open;
      const found = await client.query<PollRow>(look, [
        gaps.map(({ low }) => low),
        gaps.map(({ high }) => high),
        open.next,
        limit,
      ]);
      const seen = found.rows[0];
      if (!seen) return { events: [], more: false, isOtherDatabase: false };
      // Ids never decrease, unless an older state of the database was restored.
      if (seen.database !== database || Number(seen.lastId) < open.next - 1) {
        since = undefined;
        await begin(client);
        return { events: [], more: false, isOtherDatabase: true };
      }
      const more = seen.events.length === limit;
      open.note(
        seen.events.map(({ id }) => id),
        !more,
        seen.writers,
      );
      const events = seen.events
        .filter((event) => !event.isForgotten && !isOld(event))
        .map(({ isForgotten: _isForgotten, ...event }) => event);
      return { events, more, isOtherDatabase: false };
    },
  };
}
