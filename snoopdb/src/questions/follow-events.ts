import type { Pool, PoolClient } from 'pg';
import { readQuerySql } from '../postgres/query-file.ts';
import { OpenNumbers } from './open-numbers.ts';

/** An audit event as it was committed; its texts up to 4,096 characters. */
export interface FollowedEvent {
  readonly id: number;
  readonly auditId: string | null;
  readonly stage: string | null;
  readonly verb: string | null;
  readonly code: number | null;
  /** null: it resolved to none, see `reason`. */
  readonly endpoint: string | null;
  readonly reason: string | null;
  /** What the event leaves open, for example `GET or HEAD`. */
  readonly ambiguous: string | null;
  /** The user agent as it was sent. */
  readonly agent: string | null;
  /** The test named by the user agent. */
  readonly test: string | null;
  /** The name that the request authenticated as. */
  readonly user: string | null;
  readonly source: string;
  /** Whether it proves a hit: an endpoint, a success code, no dry run. */
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
  /** In the order of their numbers. */
  readonly events: readonly FollowedEvent[];
  /** There may be more already: ask again at once. */
  readonly more: boolean;
  /** This is another database than the one that was followed: it is followed from now on. */
  readonly isOtherDatabase: boolean;
}

/** Hands out live events as they are committed, each exactly once. */
export interface EventFollower {
  /**
   * What was committed since the last call. The first call finds the place from which it is followed, and returns
   * nothing. A call that throws may be repeated, on another connection too: nothing is lost by it, nothing comes twice.
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

/** So many of the newest numbers are looked at in the beginning for what is being committed at that moment. */
const recentNumbers = 10_000;
const mostEvents = 1000;

/**
 * Follows the live events. What is forgotten, and what was set aside, is left out. The work of a call grows with the
 * events that it returns, not with those that are held. Events that are dropped with their partition before they are
 * read are gone.
 *
 * @param options.mostEvents how many a call returns at most; 1,000 unless told
 */
export function createEventFollower(options: { readonly mostEvents?: number } = {}): EventFollower {
  const limit = options.mostEvents ?? mostEvents;
  const look = readQuerySql('follow-events');
  let database: string | null = null;
  let open = new OpenNumbers(1, []);

  async function begin(client: Pool | PoolClient): Promise<void> {
    const found = await client.query<StartRow>(readQuerySql('follow-begin'), [recentNumbers]);
    const place = found.rows[0];
    if (!place) return;
    open = new OpenNumbers(Math.max(1, Number(place.newestId) - recentNumbers), place.writers);
    open.note(place.near, true, place.writers);
    database = place.database;
  }

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
      // A number is never given out twice: where they are lower again, somebody put an older state in its place.
      if (seen.database !== database || Number(seen.lastId) < open.next - 1) {
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
        .filter(({ isForgotten }) => !isForgotten)
        .map(({ isForgotten: _isForgotten, ...event }) => event);
      return { events, more, isOtherDatabase: false };
    },
  };
}
