import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { SourceLimits } from '@snoop/snoopdb';
import type { Answer } from './answers.ts';
import type { Backlog } from './backlog.ts';

/** What is counted of a body that is committed; a result of the event writer is one. */
export interface StoredFigures {
  readonly events: number;
  readonly stored: number;
  readonly repeated: boolean;
  readonly unresolved: number;
  readonly rejected: number;
  /** How long the transaction took that it was in, in milliseconds; 0 when the body is repeated. */
  readonly commitMs: number;
  /** When some of the events happened, in microseconds since 1970. */
  readonly stagedAt: readonly number[];
}

/** What the gauges show is asked for when somebody looks. */
export interface Watched {
  /** Bodies under way and their bytes. */
  queue(): { bodies: number; bytes: number };
  /** What waits on disk; null: there is no spool. */
  spool(): Pick<Backlog, 'bodies' | 'bytes' | 'refused'> | null;
  /** Whether the database takes events. */
  ready(): boolean;
  connections(): number;
  /** What senders have made by naming sources, and what they may make. */
  named(): { sources: number; hits: number; limits: SourceLimits };
}

/** The figures of the program, for Prometheus. */
export interface Metrics {
  /** A body came in wholly. @param bytes as they are stored: decoded */
  received(bytes: number): void;
  /** A body is committed, or on disk. */
  deposited(deposit: ({ kind: 'stored' } & StoredFigures) | { kind: 'spooled' }): void;
  /** A body out of the spool is committed. */
  replayed(figures: StoredFigures): void;
  /** A record of the spool could not be read. */
  spoolBroken(): void;
  /** A body was refused for good: 400, or 413. */
  rejectedBody(): void;
  answered(status: Answer['status']): void;
  /** Says where the gauges find their values; until then they are not shown. */
  watch(watched: Watched): void;
  /** The figures as text; one rendering is for all who ask within a second. */
  render(): Promise<{ contentType: string; text: Buffer }>;
}

/** For so long a rendering is good, which takes milliseconds. */
export const sharedMs = 1000;

const prefix = 'snoop_auditlogger_';
/** What `POST /events` is answered with; each is shown from the start, so that an alert sees the first one. */
const statuses: readonly Answer['status'][] = [200, 400, 401, 403, 408, 413, 415, 429, 503];
const commitBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Up to a day: a batch waits up to 30 s in the kube-apiserver, minutes while it is repeated, longer in the spool. */
const lagBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600, 21_600, 86_400];

/** Makes the figures, in a registry of their own. Nothing in them can be named by a sender. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const count = (name: string, help: string): Counter => new Counter({ name: prefix + name, help, registers });
  const eventsReceived = count('events_received_total', 'Events of all bodies that were committed, now or before');
  const eventsStored = count('events_stored_total', 'Events that were committed into testing.audit_event');
  const eventsUnresolved = count('events_unresolved_total', 'Events that belong to no known endpoint');
  const eventsRejected = count('events_rejected_total', 'Events set aside in testing.rejected_event');
  const bodiesRepeated = count('bodies_repeated_total', 'Bodies that were committed before');
  const bodiesRejected = count('bodies_rejected_total', 'Bodies that can never be stored');
  const receivedBytes = count('received_bytes_total', 'Bytes of bodies that were received, decoded');
  const answers = new Counter({
    name: `${prefix}answers_total`,
    help: 'Answers to POST /events',
    labelNames: ['code'],
    registers,
  });
  for (const status of statuses) answers.inc({ code: String(status) }, 0);
  const commitSeconds = new Histogram({
    name: `${prefix}commit_seconds`,
    help: 'How long the transaction of a body took',
    buckets: commitBuckets,
    registers,
  });
  const lag = new Histogram({
    name: `${prefix}event_lag_seconds`,
    help: 'From the stage time of an event to its commit; of at most 400 events of a body',
    buckets: lagBuckets,
    registers,
  });
  const spoolReplayed = count('spool_replayed_total', 'Bodies of the spool that were committed');
  const spoolBroken = count('spool_broken_total', 'Records of the spool that could not be read');
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
    // A clock that is ahead of ours makes no lag; a time that is none would make the histogram throw.
    for (const stagedAt of figures.stagedAt) {
      if (Number.isFinite(stagedAt)) lag.observe(Math.max(0, nowS - stagedAt / 1_000_000));
    }
  }

  return {
    received: (bytes) => receivedBytes.inc(bytes),
    deposited(deposit) {
      if (deposit.kind === 'stored') countStored(deposit);
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

/** Works once for all who ask within {@link sharedMs}. */
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
  show('queue_bytes', 'Their bytes', () => watched.queue().bytes);
  show('connections', 'Open connections', () => watched.connections());
  show('named_sources', 'Sources that senders named, in the whole database', () => watched.named().sources);
  show('named_sources_limit', 'How many they may name', () => watched.named().limits.maxSources);
  show('named_hits', 'Rows of hits of these sources together', () => watched.named().hits);
  show('named_hits_limit', 'How many these may be', () => watched.named().limits.maxHits);
  show('database_ready', '1: the database takes events; 0: it does not', () => (watched.ready() ? 1 : 0));
  show('spool_bodies', 'Bodies on disk that wait for the database', () => watched.spool()?.bodies ?? 0);
  show('spool_bytes', 'Bytes that the spool takes on disk', () => watched.spool()?.bytes ?? 0);
  show(
    'spool_refused',
    'Bodies of the spool that the database refuses; tried again',
    () => watched.spool()?.refused?.bodies ?? 0,
  );
}
