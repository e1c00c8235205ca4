import { setTimeout as wait } from 'node:timers/promises';
import { isSystemError } from '@snoop/snoopdb';
import type { Logger } from 'pino';
import type { Backlog } from '../backlog.ts';
import type { Metrics } from '../metrics.ts';
import type { Store, Stored } from '../store.ts';
import { openBrokenFiles } from './broken-files.ts';
import { describeWithoutQuotes, offer } from './offer.ts';
import { ProgressNotes } from './progress-notes.ts';
import { RefusedBodies, type RefusedBody } from './refused-bodies.ts';
import { createReplayWindow } from './replay-window.ts';
import type { Segment } from './segment.ts';
import { type FoundRecord, openSegment, type SegmentReader } from './segment-reader.ts';
import type { Spool } from './spool.ts';

/** Stores the bodies of the spool in the database. */
export interface Replay {
  readonly state: Pick<Backlog, 'refused' | 'broken'>;
  /** Starts no further body, and waits for those in flight. */
  stop(): Promise<void>;
}

export interface ReplayOptions {
  readonly spool: Spool;
  readonly store: Pick<Store<Stored>, 'write' | 'unavailableReason' | 'checkAvailability'>;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'replayed' | 'spoolBroken'>;
  /** Delay of the first retry of a refused body, in milliseconds; default 10,000. */
  readonly refusedPauseMs?: number;
}

const pollMs = 250;
const retryMs = 2000;
/** Small, so that new bodies do not wait long behind spooled ones. */
const maxInFlight = { bodies: 64, bytes: 4 * 1024 * 1024 };
/** With more refused bodies, the bodies are not the cause: replay stops and retries only these. */
const maxRefused = 1000;

/** Starts replaying whenever the database can store events, until stopped. */
export async function startReplay(options: ReplayOptions): Promise<Replay> {
  const { spool, store, log, metrics, refusedPauseMs = 10_000 } = options;
  const broken = await openBrokenFiles(spool.folder);
  const refused = new RefusedBodies(refusedPauseMs);
  const progress = new ProgressNotes();
  const stopping = new AbortController();
  /** Read to the end. */
  const walked = new WeakSet<Segment>();
  /** With an unreadable part that could not be copied. */
  const damaged = new WeakSet<Segment>();
  /** One poll shared by all waiting bodies. */
  let awaiting: Promise<void> | null = null;

  const pause = (ms: number): Promise<void> =>
    wait(ms, undefined, { signal: stopping.signal, ref: false }).catch(() => {});

  async function awaitDatabase(wasInterrupted: boolean): Promise<boolean> {
    // Right after a failure the store may not have noticed it yet.
    if (wasInterrupted || store.unavailableReason !== null) {
      awaiting ??= pollDatabase().finally(() => {
        awaiting = null;
      });
      await awaiting;
    }
    return !stopping.signal.aborted;
  }

  async function pollDatabase(): Promise<void> {
    while (!stopping.signal.aborted && (await store.checkAvailability()) !== null) await pause(pollMs);
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        const isIdle = spool.fill.bytes === 0 || store.unavailableReason !== null || !(await replaySome());
        if (isIdle) await pause(pollMs);
      } catch (error) {
        log.error({ reason: describeWithoutQuotes(error) }, 'the spool could not be replayed; will retry');
        await pause(retryMs);
      }
    }
  }

  /** @returns whether there was something to do */
  async function replaySome(): Promise<boolean> {
    const due = refused.findDue();
    if (due !== null) {
      // A body whose file is unreadable must not block the others.
      await retry(due).catch(async (error: unknown) => {
        refused.add({ ...due, reason: describeWithoutQuotes(error) });
        await dropMissing(due.segment, error);
      });
      return true;
    }
    if (refused.count >= maxRefused) return false;
    const segments = await spool.takeSegments();
    // Segments that could not be removed before.
    for (const segment of segments) if (walked.has(segment)) await settle(segment);
    const next = segments.find((segment) => !walked.has(segment));
    if (next !== undefined) await replaySegment(next).catch((error: unknown) => dropMissing(next, error));
    return next !== undefined;
  }

  /** Drops a segment whose file was removed by another process. */
  async function dropMissing(segment: Segment, error: unknown): Promise<void> {
    if (!isSystemError(error, 'ENOENT')) throw error;
    await spool.remove(segment);
    refused.removeAll(segment);
    metrics.spoolBroken();
    log.error(
      { file: segment.file.path, bodies: segment.bodies },
      'a segment of the spool was removed by another process; its bodies are lost',
    );
  }

  async function retry({ segment, record }: RefusedBody): Promise<void> {
    const reader = await openSegment(segment.file);
    try {
      await replayBody(segment, reader, record);
    } finally {
      await reader.close();
    }
    await settle(segment);
  }

  /** Replays a segment from its saved progress. */
  async function replaySegment(segment: Segment): Promise<void> {
    const before = segment.bodies;
    const reader = await openSegment(segment.file);
    const window = createReplayWindow(maxInFlight);
    const replayBeside = (record: FoundRecord): Promise<void> =>
      window.run(record.bodyBytes, () => replayBody(segment, reader, record));
    const mayContinue = (): boolean => !stopping.signal.aborted && refused.count < maxRefused;
    try {
      for (const part of segment.unreadable) await keepBroken(segment, reader, part, 'a part of it is not a record');
      segment.unreadable = [];
      for (const record of [...segment.left.values()]) {
        if (!mayContinue()) return;
        if (!refused.has(segment, record)) await replayBeside(record);
      }
      for await (const found of reader.walk(segment.passed)) {
        if (!mayContinue()) return;
        if (found.kind === 'record') {
          segment.left.set(found.start, found);
          await replayBeside(found);
        } else if (found.kind === 'broken') {
          await keepBroken(segment, reader, found, 'a part of it is not a record');
        }
        segment.passed = found.end;
        if (!damaged.has(segment)) progress.saveSometimes(segment);
      }
      walked.add(segment);
      await window.empty();
      log.info({ file: segment.file.path, bodies: before - segment.bodies, left: segment.bodies }, 'replayed');
    } finally {
      await window.empty();
      await reader.close();
      await settle(segment);
    }
  }

  async function replayBody(segment: Segment, reader: SegmentReader, record: FoundRecord): Promise<void> {
    const outcome = await offer(reader, record, store, awaitDatabase);
    if (outcome.kind === 'stopped') return;
    if (outcome.kind === 'refused') {
      const { reason } = outcome;
      if (!refused.has(segment, record))
        log.warn({ sha256: name(record), reason }, 'a body of the spool was refused; will retry');
      refused.add({ segment, record, reason });
      return;
    }
    if (outcome.kind === 'stored') metrics.replayed(outcome.result);
    else await keepBroken(segment, reader, record, outcome.reason);
    segment.left.delete(record.start);
    segment.bodies--;
    refused.remove(segment, record);
  }

  /** Copies an unreadable part into a file. Never throws: a part that cannot be copied stays in its segment. */
  async function keepBroken(
    segment: Segment,
    reader: SegmentReader,
    { start, end }: { start: number; end: number },
    reason: string,
  ): Promise<void> {
    metrics.spoolBroken();
    const facts = { file: segment.file.path, start, bytes: end - start, reason };
    try {
      const kept = await broken.keep(segment.file, reader, start, end);
      log.error({ ...facts, kept }, 'a body of the spool is unreadable; copied to a file');
    } catch (error) {
      damaged.add(segment);
      log.error(
        { ...facts, why: describeWithoutQuotes(error) },
        'a body of the spool is unreadable; it stays in its segment',
      );
    }
  }

  /** Removes a fully replayed segment; saves the progress of any other. */
  async function settle(segment: Segment): Promise<void> {
    segment.oldestAt = segment.left.values().next().value?.receivedAt ?? segment.oldestAt;
    // The next start has to find the damaged part again.
    if (damaged.has(segment)) return;
    if (walked.has(segment) && segment.left.size === 0) await spool.remove(segment);
    else progress.save(segment);
  }

  const ended = run();
  return {
    get state() {
      const { count: files, folder } = broken;
      const { count: bodies, reason } = refused;
      return {
        refused: reason === null ? null : { bodies, reason },
        broken: files === 0 ? null : { files, folder },
      };
    },
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

/** A short identifier for the log. */
function name({ sha256 }: FoundRecord): string {
  return sha256.toString('hex', 0, 8);
}
