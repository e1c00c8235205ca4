import { followBaselineIfChanged } from '../clusters/live-names.ts';
import { loadReleaseResolver } from '../clusters/source-endpoints.ts';
import { SnoopDbError } from '../errors.ts';
import { createAgentReader } from '../events/agent-reader.ts';
import type { AgentReader, AuditEvent } from '../events/audit-event.ts';
import { loadTestFinder } from '../hits/known-tests.ts';
import { defaultHitLimit } from '../hits/save-hits.ts';
import type { LoadInput } from '../inputs/input.ts';
import type { Pool } from '../postgres/database.ts';
import { normalizeRelease } from '../release.ts';
import { readEndpointMark } from '../releases/release-endpoints.ts';
import type { EndpointResolver } from '../resolver/endpoint-resolver.ts';
import { type AuditJob, type LoadProgress, reportProgress } from './audit-job.ts';
import type { ShapeCount } from './envelopes/shape-counts.ts';
import { createBatchReader } from './event-batches.ts';
import { loadLarge } from './large-log.ts';
import {
  removeDeadLoads,
  type EventCounts,
  findEarlierLoad,
  findEarlierLoadOf,
  type EarlierLoad,
} from './loaded-file.ts';
import { loadSmall } from './small-log.ts';

export interface AuditLoad extends EventCounts {
  /** 1 if this content had been loaded for this release before; nothing was done then. */
  skipped: 0 | 1;
  /** The id in public.loaded_file. */
  file: number;
  name: string;
  release: string;
  /** The source of its events; if it was skipped, the source of the earlier load. */
  source: string;
  /** If it was skipped, the file's name in the earlier load; otherwise null. */
  before: string | null;
  /** The shapes of its events; empty if it was skipped. */
  shapes: ShapeCount[];
  /** Whether it is a truncated gzip file; what could be unpacked was loaded. */
  isCut: boolean;
}

export interface LoadAuditLogOptions {
  /** The tested release, X.Y.Z. */
  release: string;
  /** The source of its events, for example a CI job's URL; default: the input's name. */
  source?: string;
  /** Why its events are not all of their run, as a sentence; the release's coverage is then marked as incomplete. */
  incomplete?: string;
  onProgress?: (progress: LoadProgress) => void;
  /** Aborts the load; nothing of it remains. */
  signal?: AbortSignal;
  /**
   * Files with more bytes, unpacked or in memory, get a table of their own, filled over two connections; default: 16
   * MiB.
   */
  smallBytes?: number;
  /** The limit for hits of the source's e2e tests, and for those of all other agents; default: 100,000. */
  hitLimit?: number;
}

/**
 * Loads audit events of a release's test runs, in any shape that {@link readAuditEvents} reads. The whole file is
 * stored when this resolves, and nothing of it when it rejects or the process ends. Lines that are not events, and
 * events that PostgreSQL refuses, are rejected with a reason; the first 10,000 lines or 16 MiB of them are stored, the
 * others only counted. The same content is loaded once for a release; of two concurrent loads, the later is skipped.
 * @throws SnoopDbError `no_endpoints` if the release's endpoints are not loaded, `unreadable_input` if the input fails;
 *   the signal's reason when it is aborted
 */
export async function loadAuditLog(pool: Pool, input: LoadInput, options: LoadAuditLogOptions): Promise<AuditLoad> {
  const { signal } = options;
  signal?.throwIfAborted();
  const release = normalizeRelease(options.release);
  const source = options.source ?? input.name;
  const context = await loadReleaseContext(pool, release);
  await removeDeadLoads(pool);
  let isCut = false;
  const onCut = (): void => {
    isCut = true;
  };
  const skip = ({ file, name: before, source: under }: EarlierLoad): AuditLoad => {
    const counts = { read: 0, stored: 0, resolved: 0, rejected: 0 };
    return { ...counts, skipped: 1, file, name: input.name, release, source: under, before, shapes: [], isCut };
  };
  const before = await findEarlierLoadOf(pool, input, release, signal, onCut);
  if (before !== null) return skip(before);
  const { endpointMark, resolver, readAgent, releaseDate } = context;
  const failure = new AbortController();
  const job: AuditJob = {
    input,
    release,
    source,
    incomplete: options.incomplete ?? null,
    releaseDate,
    endpointMark,
    events: createBatchReader(input, {
      resolver,
      readAgent,
      release,
      hitLimit: options.hitLimit ?? defaultHitLimit,
      signal: signal ? AbortSignal.any([signal, failure.signal]) : failure.signal,
      onRead: () => reportProgress(job),
      onCut,
    }),
    failure,
    hitLimit: options.hitLimit ?? defaultHitLimit,
    counts: { read: 0, stored: 0, resolved: 0, rejected: 0 },
    onProgress: options.onProgress ?? (() => {}),
  };
  try {
    const head = await readHead(job, options.smallBytes ?? 16 * 2 ** 20);
    const file = head.isAll ? await loadSmall(pool, job, head.batches) : await loadLarge(pool, job, head.batches);
    if (file === null) {
      const other = await findEarlierLoad(pool, release, job.events.sha256());
      return skip(other ?? { file: 0, name: input.name, source });
    }
    // The first events of a release's tests may make it the baseline.
    await followBaselineIfChanged(pool);
    const shapes = job.events.shapes();
    return { ...job.counts, skipped: 0, file, name: input.name, release, source, before: null, shapes, isCut };
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    await job.events.batches.return();
  }
}

/** What interprets the events of a release. */
interface ReleaseContext {
  endpointMark: string;
  resolver: EndpointResolver;
  readAgent: AgentReader;
  releaseDate: string | null;
}

async function loadReleaseContext(pool: Pool, release: string): Promise<ReleaseContext> {
  const found = await pool.query<{ date: string | null }>(
    `select to_char(release_date, 'YYYY-MM-DD') as date from public.open_api where release = $1 limit 1`,
    [release],
  );
  const row = found.rows[0];
  if (!row) {
    throw new SnoopDbError(
      'no_endpoints',
      `The endpoints of ${release} are not loaded, so its audit events cannot be resolved. Load them first: 'snoop load openapi --release ${release} <swagger.json>', or 'snoop load baseline ${release}'.`,
    );
  }
  const agents = createAgentReader();
  agents.setTestFinder(await loadTestFinder(pool, release));
  // Read before the endpoints: if they are replaced in between, the mark is outdated and the load fails at its end.
  const endpointMark = await readEndpointMark(pool, release);
  return {
    endpointMark,
    resolver: await loadReleaseResolver(pool, release),
    readAgent: agents.read,
    releaseDate: row.date,
  };
}

/** Memory of an event besides its bytes, at most, as a rule. */
const eventBytes = 512;

/** Reads up to the limit of a small file. */
async function readHead(job: AuditJob, smallBytes: number): Promise<{ batches: AuditEvent[][]; isAll: boolean }> {
  const batches: AuditEvent[][] = [];
  let events = 0;
  for (;;) {
    const next = await job.events.batches.next();
    if (next.done) return { batches, isAll: true };
    batches.push(next.value);
    events += next.value.length;
    if (Math.max(job.events.bytes(), events * eventBytes) > smallBytes) return { batches, isAll: false };
  }
}
