/**
 * The messages of the live page's WebSocket, as JSON. The page sends what it wants and where it left off; the server
 * sends the state or what happened since, joined.
 *
 * The server numbers the audit events of a session from 1. A session ends with the server or when SnoopDB is replaced.
 */

/** Path below the root of the page. */
export const livePath = 'data/events';

/** Frames with more unconfirmed ones are held back and joined, so that nothing piles up for a slow page. */
export const maxUnconfirmed = 4;

/** A place in a session. */
export interface LivePosition {
  readonly session: string;
  /** The last event that the page has seen. */
  readonly number: number;
}

/** From the page. */
export type PageMessage =
  /** What the page shows. The first message, and again after each change. */
  | {
      readonly kind: 'want';
      /** Whether the table of events is open. */
      readonly rows: boolean;
      /** Include requests of the cluster itself and of snoop. */
      readonly all: boolean;
      /** Where the page left off; null: it wants the state. */
      readonly at: LivePosition | null;
    }
  /** Confirms a state or frame after it was applied. */
  | { readonly kind: 'seen'; readonly number: number };

/** From the server. */
export type ServerMessage = LiveState | LiveFrame | LiveStatus | LiveRuns;

/** Endpoint, number of events, number of requests that hit it (each counted once). */
export type EndpointCount = readonly [endpoint: string, events: number, hits: number];

/** An endpoint that no e2e test hits, hit live for the first time in this session. */
export interface NewlyHit {
  readonly endpoint: string;
  /** ISO 8601. */
  readonly at: string;
  /** The test or user agent. */
  readonly by: string | null;
}

/** What happened in a range of events. */
export interface LiveCounts {
  /** The number of the last event. */
  readonly number: number;
  /** Number of events. */
  readonly events: number;
  /** Of them, those without an endpoint. */
  readonly unresolved: number;
  readonly counts: readonly EndpointCount[];
  readonly newlyHit: readonly NewlyHit[];
  /** By number; null: the table is closed. */
  readonly rows: readonly LiveEvent[] | null;
}

/** Everything since the session began; replaces what the page knows. */
export interface LiveState extends LiveCounts {
  readonly kind: 'state';
  readonly session: string;
  /** When the session began, ISO 8601. */
  readonly since: string;
  /** Its rows are all wanted events after this number. */
  readonly rowsAfter: number;
}

/** What happened since the last state or frame. */
export interface LiveFrame extends LiveCounts {
  readonly kind: 'frame';
  /** The number of the event before the first one. */
  readonly after: number;
  /** How long the first event waited for this frame, because the page was slow or away. */
  readonly waitedMs: number;
}

/** Whether the server follows SnoopDB; every second, and at each change. */
export interface LiveStatus {
  readonly kind: 'status';
  readonly database: DatabaseStatus;
  /** Events per second, averaged over ten seconds. */
  readonly rate: { readonly events: number; readonly own: number };
  /** From the storing of the newest event until the server read it; null: no event yet. */
  readonly lagMs: number | null;
  /** Whether SnoopDB has more events than the server has read. */
  readonly isBehind: boolean;
}

export type DatabaseStatus =
  | {
      readonly state: 'following';
      /** Why no events may arrive, with what to do; null: they may. */
      readonly note: string | null;
    }
  | {
      readonly state: 'away';
      /** A sentence. */
      readonly reason: string;
      /** What to do, one line each. */
      readonly advice: readonly string[];
      /** ISO 8601. */
      readonly since: string;
    };

/** Runs of the state folder that are going on, and those that ended a moment ago. */
export interface LiveRuns {
  readonly kind: 'runs';
  readonly runs: readonly LiveRun[];
}

export interface LiveRun {
  readonly id: string;
  readonly author: string | null;
  readonly agent: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly state: string;
  readonly requests: number;
  /** Tests that are not shown, because there are too many. */
  readonly moreTests: number;
  readonly tests: readonly LiveTest[];
}

export interface LiveTest {
  readonly name: string;
  readonly state: string;
  readonly steps: readonly { readonly name: string; readonly state: string }[];
}

/** A row of the table of events. Long texts are cut. */
export interface LiveEvent {
  readonly number: number;
  /** The time of the stage, ISO 8601 in UTC. */
  readonly time: string;
  readonly auditId: string | null;
  readonly stage: string | null;
  readonly verb: string | null;
  readonly code: number | null;
  readonly endpoint: string | null;
  /** Why it has no endpoint. */
  readonly reason: string | null;
  readonly path: string | null;
  readonly agent: string | null;
  readonly test: string | null;
  readonly user: string | null;
  readonly source: string;
  readonly isHit: boolean;
  readonly isDryRun: boolean;
  /** A hit of an endpoint that no e2e test hits. */
  readonly untested: boolean;
  /** A request of the cluster itself or of snoop. */
  readonly isOwn: boolean;
}
