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
import { type AuditJob, type LoadProgress, tellProgress } from './audit-job.ts';
import type { ShapeCount } from './envelopes/shape-counts.ts';
import { createBatchReader } from './event-batches.ts';
import { loadLarge } from './large-log.ts';
import { dropLeftovers, type EventCounts, findLoaded, findLoadedInput, type LoadedBefore } from './loaded-file.ts';
import { loadSmall } from './small-log.ts';

export interface AuditLoad extends EventCounts {
  /** 1 when this content was loaded for this release before: nothing was done. */
  skipped: 0 | 1;
  /** Its number in public.loaded_file. */
  file: number;
  /** As it was named. */
  name: string;
  release: string;
  /** Under which its events stand: that of the load that brought them, when this one was skipped. */
  source: string;
  /** As the file was named when it was loaded; null unless this load was skipped. */
  before: string | null;
  /** In which shapes its events came; none when this load was skipped. */
  shapes: ShapeCount[];
  /** Whether the file is packed and was cut off: only what could be unpacked was loaded. */
  isCut: boolean;
}

export interface LoadAuditLogOptions {
  /** The release that was tested, X.Y.Z. */
  release: string;
  /** Under which name its events stand, for example a CI job's URL; the input's name unless told. */
  source?: string;
  onProgress?: (progress: LoadProgress) => void;
  /** Breaks the load off; nothing of it is left. */
  signal?: AbortSignal;
  /**
   * Unpacked, or held in memory for its events: what is larger gets a table of its own and is filled in by two
   * connections; 16 MiB unless told.
   */
  smallBytes?: number;
  /** Rows of hits that the e2e tests, and all other agents, of this source may make; 100,000 unless told. */
  hitLimit?: number;
}

/**
 * Loads audit events of a release's test runs, in any shape that {@link readAuditEvents} reads. All
 * of the file is there when this resolves, and nothing of it when it rejects or the process ends, however it does.
 * What is no event, or is refused by PostgreSQL, is put aside with its reason; of lines that are no events the first
 * 10,000 or 16 MiB are kept, the others counted. The same content is loaded once for a
 * release; of two loads at once, the later one is skipped.
 * @throws SnoopDbError `no_endpoints` when the release's endpoints are not loaded, `unreadable_input` when the input
 *   fails; the signal's reason when it is aborted
 */
export async function loadAuditLog(pool: Pool, input: LoadInput, options: LoadAuditLogOptions): Promise<AuditLoad> {
  const { signal } = options;
  signal?.throwIfAborted();
  const release = normalizeRelease(options.release);
  const source = options.source ?? input.name;
  const basis = await loadBasis(pool, release);
  await dropLeftovers(pool);
  let isCut = false;
  const onCut = (): void => {
    isCut = true;
  };
  const skip = ({ file, name: before, source: under }: LoadedBefore): AuditLoad => {
    const counts = { read: 0, stored: 0, resolved: 0, putAside: 0 };
    return { ...counts, skipped: 1, file, name: input.name, release, source: under, before, shapes: [], isCut };
  };
  const before = await findLoadedInput(pool, input, release, signal, onCut);
  if (before !== null) return skip(before);
  const { endpointMark, resolver, readAgent, releaseDate } = basis;
  const broken = new AbortController();
  const job: AuditJob = {
    input,
    release,
    source,
    releaseDate,
    endpointMark,
    events: createBatchReader(input, {
      resolver,
      readAgent,
      release,
      hitLimit: options.hitLimit ?? defaultHitLimit,
      signal: signal ? AbortSignal.any([signal, broken.signal]) : broken.signal,
      onRead: () => tellProgress(job),
      onCut,
    }),
    broken,
    hitLimit: options.hitLimit ?? defaultHitLimit,
    counts: { read: 0, stored: 0, resolved: 0, putAside: 0 },
    onProgress: options.onProgress ?? (() => {}),
  };
  try {
    const head = await readHead(job, options.smallBytes ?? 16 * 2 ** 20);
    const file = head.isAll ? await loadSmall(pool, job, head.batches) : await loadLarge(pool, job, head.batches);
    if (file === null) {
      const other = await findLoaded(pool, release, job.events.sha256());
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

/** What the events of a release are interpreted with. */
interface Basis {
  endpointMark: string;
  resolver: EndpointResolver;
  readAgent: AgentReader;
  releaseDate: string | null;
}

async function loadBasis(pool: Pool, release: string): Promise<Basis> {
  const found = await pool.query<{ date: string | null }>(
    `select to_char(release_date, 'YYYY-MM-DD') as date from public.open_api where release = $1 limit 1`,
    [release],
  );
  const row = found.rows[0];
  if (!row) {
    throw new SnoopDbError(
      'no_endpoints',
      `The endpoints of ${release} are not loaded, so its audit events cannot be told apart. Load them first: 'snoop load openapi --release ${release} <swagger.json>', or 'snoop load baseline ${release}'.`,
    );
  }
  const agents = createAgentReader();
  agents.useTests(await loadTestFinder(pool, release));
  // First: when they are replaced just now, the mark is the older one of both, and the load is broken off at its end.
  const endpointMark = await readEndpointMark(pool, release);
  return {
    endpointMark,
    resolver: await loadReleaseResolver(pool, release),
    readAgent: agents.read,
    releaseDate: row.date,
  };
}

/** What an event takes in memory beside its bytes: more than most events have. */
const eventBytes = 512;

/** Reads as much as a small file may have. */
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
