import { setTimeout as wait } from 'node:timers/promises';
import { isSystemError } from '@snoop/snoopdb';
import type { Logger } from 'pino';
import type { Backlog } from '../backlog.ts';
import type { Metrics } from '../metrics.ts';
import type { Store, Stored } from '../store.ts';
import { openBrokenFiles } from './broken-files.ts';
import { describeQuietly, offer } from './offer.ts';
import { ProgressNotes } from './progress-notes.ts';
import { RefusedBodies, type RefusedBody } from './refused-bodies.ts';
import { createReplayWindow } from './replay-window.ts';
import type { Segment } from './segment.ts';
import { type FoundRecord, openSegment, type SegmentReader } from './segment-reader.ts';
import type { Spool } from './spool.ts';

/** Brings what the spool keeps into the database. */
export interface Replay {
  readonly state: Pick<Backlog, 'refused' | 'broken'>;
  /** Begins no further body, and waits for those under way. */
  stop(): Promise<void>;
}

export interface ReplayOptions {
  readonly spool: Spool;
  readonly store: Pick<Store<Stored>, 'write' | 'whyNot' | 'askWhyNot'>;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'replayed' | 'spoolBroken'>;
  /** When a body that the database refuses is tried again for the first time, in milliseconds; 10,000 unless told. */
  readonly refusedPauseMs?: number;
}

const lookMs = 250;
const retryMs = 2000;
/** No more, so that those who send now do not wait long behind what came before. */
const mostUnderWay = { bodies: 64, bytes: 4 * 1024 * 1024 };
/** With so many refused it is not about single bodies: nothing further is tried until some of them are taken. */
const mostRefused = 1000;

/** Starts to replay; it goes on whenever the database takes events, until it is stopped. */
export async function startReplay(options: ReplayOptions): Promise<Replay> {
  const { spool, store, log, metrics, refusedPauseMs = 10_000 } = options;
  const broken = await openBrokenFiles(spool.folder);
  const refused = new RefusedBodies(refusedPauseMs);
  const progress = new ProgressNotes();
  const stopping = new AbortController();
  /** Looked at from beginning to end. */
  const passed = new WeakSet<Segment>();
  /** With a part that could be neither read nor kept aside. */
  const spoilt = new WeakSet<Segment>();
  /** One look for all that wait. */
  let awaiting: Promise<void> | null = null;

  const pause = (ms: number): Promise<void> =>
    wait(ms, undefined, { signal: stopping.signal, ref: false }).catch(() => {});

  async function awaitDatabase(wasInterrupted: boolean): Promise<boolean> {
    // Right after an interruption the store may not have noticed yet.
    if (wasInterrupted || store.whyNot !== null) {
      awaiting ??= lookForDatabase().finally(() => {
        awaiting = null;
      });
      await awaiting;
    }
    return !stopping.signal.aborted;
  }

  async function lookForDatabase(): Promise<void> {
    while (!stopping.signal.aborted && (await store.askWhyNot()) !== null) await pause(lookMs);
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        const isIdle = spool.fill.bytes === 0 || store.whyNot !== null || !(await replaySome());
        if (isIdle) await pause(lookMs);
      } catch (error) {
        log.error({ reason: describeQuietly(error) }, 'the spool could not be replayed; tried again');
        await pause(retryMs);
      }
    }
  }

  /** @returns whether there was something to do */
  async function replaySome(): Promise<boolean> {
    const due = refused.findDue();
    if (due !== null) {
      // One whose file cannot be read must not be the first again and again.
      await retry(due).catch(async (error: unknown) => {
        refused.add({ ...due, reason: describeQuietly(error) });
        await forgetMissing(due.segment, error);
      });
      return true;
    }
    if (refused.count >= mostRefused) return false;
    const segments = await spool.takeSegments();
    // Those that could not be removed before.
    for (const segment of segments) if (passed.has(segment)) await settle(segment);
    const next = segments.find((segment) => !passed.has(segment));
    if (next !== undefined) await pass(next).catch((error: unknown) => forgetMissing(next, error));
    return next !== undefined;
  }

  /** Somebody removed it: what was in it is lost, what is in the others is not. */
  async function forgetMissing(segment: Segment, error: unknown): Promise<void> {
    if (!isSystemError(error, 'ENOENT')) throw error;
    await spool.remove(segment);
    refused.removeAll(segment);
    metrics.spoolBroken();
    log.error(
      { file: segment.file.path, bodies: segment.bodies },
      'a segment of the spool is gone, and its bodies with it',
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

  /** Goes through a segment from where it was left. */
  async function pass(segment: Segment): Promise<void> {
    const before = segment.bodies;
    const reader = await openSegment(segment.file);
    const window = createReplayWindow(mostUnderWay);
    const replayBeside = (record: FoundRecord): Promise<void> =>
      window.run(record.bodyBytes, () => replayBody(segment, reader, record));
    const mayGoOn = (): boolean => !stopping.signal.aborted && refused.count < mostRefused;
    try {
      for (const part of segment.unreadable) await putAside(segment, reader, part, 'a part of it is no record');
      segment.unreadable = [];
      for (const record of [...segment.left.values()]) {
        if (!mayGoOn()) return;
        if (!refused.has(segment, record)) await replayBeside(record);
      }
      for await (const found of reader.walk(segment.passed)) {
        if (!mayGoOn()) return;
        if (found.kind === 'record') {
          segment.left.set(found.start, found);
          await replayBeside(found);
        } else if (found.kind === 'broken') {
          await putAside(segment, reader, found, 'a part of it is no record');
        }
        segment.passed = found.end;
        if (!spoilt.has(segment)) progress.saveSometimes(segment);
      }
      passed.add(segment);
      await window.empty();
      log.info({ file: segment.file.path, bodies: before - segment.bodies, left: segment.bodies }, 'replayed');
    } finally {
      await window.empty();
      await reader.close();
      await settle(segment);
    }
  }

  async function replayBody(segment: Segment, reader: SegmentReader, record: FoundRecord): Promise<void> {
    const offered = await offer(reader, record, store, awaitDatabase);
    if (offered.kind === 'stopped') return;
    if (offered.kind === 'refused') {
      const { reason } = offered;
      if (!refused.has(segment, record)) log.warn({ sha256: name(record), reason }, 'a body of the spool is put off');
      refused.add({ segment, record, reason });
      return;
    }
    if (offered.kind === 'stored') metrics.replayed(offered.result);
    else await putAside(segment, reader, record, offered.reason);
    segment.left.delete(record.start);
    segment.bodies--;
    refused.remove(segment, record);
  }

  /** Never throws: what cannot be kept aside stays where it is, with its segment. */
  async function putAside(
    segment: Segment,
    reader: SegmentReader,
    { start, end }: { start: number; end: number },
    reason: string,
  ): Promise<void> {
    metrics.spoolBroken();
    const facts = { file: segment.file.path, start, bytes: end - start, reason };
    try {
      const kept = await broken.keep(segment.file, reader, start, end);
      log.error({ ...facts, kept }, 'a body of the spool is broken, and kept aside');
    } catch (error) {
      spoilt.add(segment);
      log.error({ ...facts, why: describeQuietly(error) }, 'a body of the spool is broken, and stays in its segment');
    }
  }

  /** A segment of which nothing is left goes; of another one it is noted what is. */
  async function settle(segment: Segment): Promise<void> {
    segment.oldestAt = segment.left.values().next().value?.receivedAt ?? segment.oldestAt;
    // The next program has to find the spoilt part again.
    if (spoilt.has(segment)) return;
    if (passed.has(segment) && segment.left.size === 0) await spool.remove(segment);
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

/** Enough of the hash to find a body by. */
function name({ sha256 }: FoundRecord): string {
  return sha256.toString('hex', 0, 8);
}
