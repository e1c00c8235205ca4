import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { describeError, type Pool, readDatabaseClock } from '@snoop/snoopdb';
import type { WebSocket } from 'ws';
import { SnoopError } from '../../errors.ts';
import { queryInTime } from '../../evidence/outage.ts';
import { followEvents, type FollowState } from '../../tail/follow-events.ts';
import type { TailedEvent } from '../../tail/tailed-event.ts';
import type { DatabaseStatus, LiveRun, LiveStatus } from '../live/messages.ts';
import { EncodedRanges } from './encoded-ranges.ts';
import { defaultLogLimits, EventLog, type LogLimits } from './event-log.ts';
import { LiveClient, type LiveSource } from './live-client.ts';
import { Rate } from './rate.ts';

export interface HubOptions {
  /** The pool of SnoopDB. Throws while there is none. */
  readonly getPool: () => Pool;
  /** Why no events may arrive, with what to do; null: they may. */
  readonly getNote?: () => string | null;
  /** The runs that are going on; null: unchanged since the last call. */
  readonly readRuns: () => Promise<readonly LiveRun[] | null>;
  readonly limits?: LogLimits;
}

/** Sends what happens in SnoopDB to all pages. */
export interface Hub {
  readonly clients: number;
  add(socket: WebSocket): void;
  close(): Promise<void>;
}

const frameMs = 100;
/** How often SnoopDB is queried while no page is open. */
const idlePollMs = 1000;
const statusMs = 1000;
const runsMs = 500;
const clockMs = 60_000;
const clockAnswerMs = 2000;
const allEvents = { all: true, untestedOnly: false };

/** Follows SnoopDB once for all pages, from now on. */
export function createHub({ getPool, getNote = () => null, readRuns, limits = defaultLogLimits }: HubOptions): Hub {
  const log = new EventLog(limits);
  const encoded = new EncodedRanges(log);
  const rate = new Rate();
  const clients = new Set<LiveClient>();
  const ending = new AbortController();
  const { signal } = ending;
  let session = { session: randomUUID() as string, since: new Date().toISOString() };
  let database: DatabaseStatus = {
    state: 'away',
    reason: 'SnoopDB has not answered yet.',
    advice: [],
    since: session.since,
  };
  let isBehind = false;
  let lagMs: number | null = null;
  let runs: readonly LiveRun[] = [];
  /** The pages that do not know the runs yet. */
  const withoutRuns = new Set<LiveClient>();
  /** How far the clock of SnoopDB is ahead. */
  let clock = { offsetMs: 0, readAt: Number.NEGATIVE_INFINITY };
  let frameTimer: NodeJS.Timeout | null = null;

  const source: LiveSource = {
    get session() {
      return session.session;
    },
    get number() {
      return log.number;
    },
    encodeState: (wanted) => encoded.encodeState(wanted, session),
    encodeFrame: (after, wanted) => encoded.encodeFrame(after, wanted),
  };

  function sendFrames(): void {
    frameTimer = null;
    for (const client of clients) client.pump();
  }

  function sendStatus(): void {
    const { events, own } = rate.read(Date.now());
    const status: LiveStatus = { kind: 'status', database, rate: { events, own }, lagMs, isBehind };
    const text = JSON.stringify(status);
    for (const client of clients) client.sendIfReading(text);
  }

  function sendRuns(): void {
    const text = JSON.stringify({ kind: 'runs', runs });
    for (const client of withoutRuns) if (client.sendIfReading(text)) withoutRuns.delete(client);
  }

  function onState(state: FollowState): void {
    const before = database.state;
    if (state.kind === 'away') {
      const since = database.state === 'away' ? database.since : new Date().toISOString();
      database = { state: 'away', ...explainAway(state.error), since };
      isBehind = false;
    } else {
      database = { state: 'following', note: getNote() };
      isBehind = state.more;
      if (state.isOtherDatabase) beginSession();
    }
    if (before !== database.state) sendStatus();
  }

  function beginSession(): void {
    log.clear();
    encoded.clear();
    session = { session: randomUUID(), since: new Date().toISOString() };
    lagMs = null;
    clock = { offsetMs: 0, readAt: Number.NEGATIVE_INFINITY };
    sendFrames();
  }

  async function show(events: readonly TailedEvent[]): Promise<boolean> {
    await readClock();
    const now = Date.now();
    for (const event of events) rate.add(now, log.add(event));
    const newest = events.at(-1);
    if (newest) lagMs = Math.max(0, now + clock.offsetMs - Date.parse(newest.storedAt));
    frameTimer ??= setTimeout(sendFrames, isBehind ? frameMs : 0);
    return true;
  }

  async function readClock(): Promise<void> {
    if (performance.now() - clock.readAt < clockMs) return;
    const before = Date.now();
    // Without an answer, the lag is shown as if the clocks agreed.
    const theirs = await queryInTime(clockAnswerMs, () => readDatabaseClock(getPool())).catch(() => null);
    const offsetMs = theirs === null ? 0 : theirs - (before + Date.now()) / 2;
    clock = { offsetMs, readAt: performance.now() };
  }

  async function repeat(everyMs: number, work: () => void | Promise<void>): Promise<void> {
    while (!signal.aborted) {
      await work();
      await wait(everyMs, undefined, { signal }).catch(() => {});
    }
  }

  const working = Promise.all([
    followEvents({
      getPool,
      filter: allEvents,
      show,
      onState,
      canWait: () => true,
      getPollMs: () => (clients.size > 0 ? frameMs : idlePollMs),
      signal,
    }),
    repeat(statusMs, () => {
      for (const client of clients) client.checkAlive();
      sendStatus();
    }),
    repeat(runsMs, async () => {
      if (clients.size === 0) return;
      const read = await readRuns().catch(() => null);
      if (read !== null) {
        runs = read;
        for (const client of clients) withoutRuns.add(client);
      }
      if (withoutRuns.size > 0) sendRuns();
    }),
  ]);

  return {
    get clients() {
      return clients.size;
    },
    add(socket) {
      const client = new LiveClient(socket, source);
      clients.add(client);
      withoutRuns.add(client);
      socket.on('close', () => {
        clients.delete(client);
        withoutRuns.delete(client);
      });
      sendStatus();
      sendRuns();
    },
    async close() {
      ending.abort();
      if (frameTimer !== null) clearTimeout(frameTimer);
      for (const client of clients) client.close();
      await working;
    },
  };
}

function explainAway(error: unknown): { readonly reason: string; readonly advice: readonly string[] } {
  if (error instanceof SnoopError) return { reason: error.message, advice: error.advice };
  return { reason: `SnoopDB does not answer: ${describeError(error)}.`, advice: ["'snoop status' shows what runs."] };
}
