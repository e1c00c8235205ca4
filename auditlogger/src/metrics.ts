import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { SourceLimits } from '@snoop/snoopdb';
import type { Answer } from './answers.ts';
import type { Backlog } from './backlog.ts';

/** The counted figures of a committed body. */
export interface StoredFigures {
  readonly events: number;
  readonly stored: number;
  readonly repeated: boolean;
  readonly unresolved: number;
  readonly rejected: number;
  /** Duration of its transaction, in milliseconds; 0 for a repeated body. */
  readonly commitMs: number;
  /** Stage times of some of its events, in microseconds since 1970. */
  readonly stagedAt: readonly number[];
}

/** The sources of the gauges, read on each scrape. */
export interface Watched {
  /** Bodies in flight and their bytes. */
  queue(): { bodies: number; bytes: number };
  /** Bodies waiting on disk; null: no spool. */
  spool(): Pick<Backlog, 'bodies' | 'bytes' | 'refused'> | null;
  /** Whether the database can store events. */
  ready(): boolean;
  connections(): number;
  /** Sources and hits created by names in paths, and their limits. */
  named(): { sources: number; hits: number; limits: SourceLimits };
}

/** The program's metrics, for Prometheus. */
export interface Metrics {
  /** A body was received completely. @param bytes decoded */
  received(bytes: number): void;
  /** A body was committed or spooled. */
  accepted(body: ({ kind: 'stored' } & StoredFigures) | { kind: 'spooled' }): void;
  /** A spooled body was committed. */
  replayed(figures: StoredFigures): void;
  /** A record of the spool was unreadable. */
  spoolBroken(): void;
  /** A body was rejected: 400 or 413. */
  rejectedBody(): void;
  answered(status: Answer['status']): void;
  /** Sets the sources of the gauges; before, gauges are not shown. */
  watch(watched: Watched): void;
  /** Renders the metrics as text; requests within a second share one rendering. */
  render(): Promise<{ contentType: string; text: Buffer }>;
}

/** How long a rendering is shared. */
export const sharedMs = 1000;

const prefix = 'snoop_auditlogger_';
/** The answers of `POST /events`; each starts at 0, so that alerts notice the first one. */
const statuses: readonly Answer['status'][] = [200, 400, 401, 403, 408, 413, 415, 429, 503];
const commitBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Up to a day: a batch waits up to 30 s in the kube-apiserver, minutes while it is retried, longer in the spool. */
const lagBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600, 21_600, 86_400];

/** Creates the metrics in their own registry. No label value comes from a sender. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const count = (name: string, help: string): Counter => new Counter({ name: prefix + name, help, registers });
  const eventsReceived = count('events_received_total', 'Events of all committed bodies, repeated ones included');
  const eventsStored = count('events_stored_total', 'Events committed into testing.audit_event');
  const eventsUnresolved = count('events_unresolved_total', 'Events without a known endpoint');
  const eventsRejected = count('events_rejected_total', 'Events rejected into testing.rejected_event');
  const bodiesRepeated = count('bodies_repeated_total', 'Bodies already committed before');
  const bodiesRejected = count('bodies_rejected_total', 'Bodies that can never be stored');
  const receivedBytes = count('received_bytes_total', 'Bytes of received bodies, decoded');
  const answers = new Counter({
    name: `${prefix}answers_total`,
    help: 'Answers to POST /events',
    labelNames: ['code'],
    registers,
  });
  for (const status of statuses) answers.inc({ code: String(status) }, 0);
  const commitSeconds = new Histogram({
    name: `${prefix}commit_seconds`,
    help: 'Duration of the transaction of a body',
    buckets: commitBuckets,
    registers,
  });
  const lag = new Histogram({
    name: `${prefix}event_lag_seconds`,
    help: 'From the stage time of an event to its commit, of at most 400 events per body',
    buckets: lagBuckets,
    registers,
  });
  const spoolReplayed = count('spool_replayed_total', 'Spooled bodies that were committed');
  const spoolBroken = count('spool_broken_total', 'Unreadable records of the spool');
  collectDefaultMetrics({ register: registry });

  function countStored(figures: StoredFigures): void {
    eventsReceived.inc(figures.events);
    if (figures.repeated) {
      bodiesRepeated.inc();
      return;
    }
    eventsStored.inc(figures.stored);
    eventsUnresolved.inc(figures.unresolved);
    eventsRejected.inc(figures.rejected);
    commitSeconds.observe(figures.commitMs / 1000);
    const nowS = Date.now() / 1000;
    // A clock ahead of ours counts as no lag; an invalid time would make the histogram throw.
    for (const stagedAt of figures.stagedAt) {
      if (Number.isFinite(stagedAt)) lag.observe(Math.max(0, nowS - stagedAt / 1_000_000));
    }
  }

  return {
    received: (bytes) => receivedBytes.inc(bytes),
    accepted(body) {
      if (body.kind === 'stored') countStored(body);
    },
    replayed(figures) {
      spoolReplayed.inc();
      countStored(figures);
    },
    spoolBroken: () => spoolBroken.inc(),
    rejectedBody: () => bodiesRejected.inc(),
    answered: (status) => answers.inc({ code: String(status) }),
    watch: (watched) => showGauges(registry, watched),
    render: share(async () => ({ contentType: registry.contentType, text: Buffer.from(await registry.metrics()) })),
  };
}

/** Shares one result among calls within {@link sharedMs}. */
function share<T>(work: () => Promise<T>): () => Promise<T> {
  let last: { readonly at: number; readonly result: Promise<T> } | null = null;
  return () => {
    const now = performance.now();
    if (last === null || now - last.at >= sharedMs) last = { at: now, result: work() };
    return last.result;
  };
}

function showGauges(registry: Registry, watched: Watched): void {
  const show = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name: prefix + name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  show('queue_bodies', 'Bodies being received and stored', () => watched.queue().bodies);
  show('queue_bytes', 'Bytes of bodies being received and stored', () => watched.queue().bytes);
  show('connections', 'Open connections', () => watched.connections());
  show('named_sources', 'Sources named by senders, in the whole database', () => watched.named().sources);
  show('named_sources_limit', 'Limit of named sources', () => watched.named().limits.maxSources);
  show('named_hits', 'Hit rows of named sources', () => watched.named().hits);
  show('named_hits_limit', 'Limit of hit rows of named sources', () => watched.named().limits.maxHits);
  show('database_ready', '1: the database can store events; 0: it cannot', () => (watched.ready() ? 1 : 0));
  show('spool_bodies', 'Bodies on disk waiting for the database', () => watched.spool()?.bodies ?? 0);
  show('spool_bytes', 'Size of the spool on disk', () => watched.spool()?.bytes ?? 0);
  show(
    'spool_refused',
    'Spooled bodies that the database refuses; retried',
    () => watched.spool()?.refused?.bodies ?? 0,
  );
}
