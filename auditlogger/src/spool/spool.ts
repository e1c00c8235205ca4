import { rm } from 'node:fs/promises';
import { explainSystemError, toError } from '@snoop/snoopdb';
import type { Logger } from 'pino';
import type { Backlog } from '../backlog.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { makeFolder, syncFolder, withReserve } from './folder.ts';
import { encodeHeader, fixedHeaderBytes } from './record.ts';
import { createSegmentState, removeProgress, readSegments, type Segment } from './segment.ts';
import { nameSegment } from './segment-file.ts';
import { createSegment, type SegmentWriter } from './segment-writer.ts';
import { SpoolError } from './spool-error.ts';

/** Bodies on disk waiting for the database, in a folder locked by this process. */
export interface Spool {
  readonly folder: string;
  /** Appends a body; resolves when it is synced. @throws SpoolError: nothing was kept */
  append(body: Buffer, options: { source: string; sha256: Buffer }): Promise<void>;
  /** Why no body can be spooled now; null: there is room. */
  readonly fullReason: string | null;
  readonly fill: Pick<Backlog, 'bodies' | 'bytes' | 'maxBytes' | 'oldestAt'>;
  /** Seals the active segment and returns all segments, oldest first. */
  takeSegments(): Promise<readonly Segment[]>;
  /** Removes a segment whose bodies are all committed. */
  remove(segment: Segment): Promise<void>;
  /** Unlocks the folder; its content stays for the next process. */
  close(): Promise<void>;
}

export interface SpoolOptions {
  readonly folder: string;
  readonly maxBytes: number;
  readonly log: Logger;
  /** How long to wait for another process that holds the folder, in milliseconds. */
  readonly lockTimeoutMs?: number;
}

interface Waiting {
  readonly source: string;
  readonly sha256: Buffer;
  readonly receivedAt: number;
  readonly body: Buffer;
  readonly bytes: number;
  resolve(): void;
  reject(error: unknown): void;
}

/** Small, to free disk space early. One body may exceed it. */
const segmentBytes = 16 * 1024 * 1024;
/** With less free space the spool counts as full: a usual body would not fit. */
const minRoomBytes = 1024 * 1024;
/** Pause before the next try after a disk failure. */
const failurePauseMs = 1000;
const defaultLockTimeoutMs = 12_000;

/**
 * Opens the spool in a folder, with the bodies of an earlier process.
 * @throws SpoolError `spool_taken` when a running process holds it, `spool_failed` when the folder cannot be used
 */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { folder, maxBytes, log, lockTimeoutMs = defaultLockTimeoutMs } = options;
  const { lock, segments } = await enterFolder(folder, lockTimeoutMs, log);
  let lastNumber = segments.at(-1)?.file.number ?? 0;
  let usedBytes = segments.reduce((sum, { bytes }) => sum + bytes, 0);
  let active: { writer: SegmentWriter; segment: Segment } | null = null;
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let failure: { reason: string; at: number } | null = null;
  let closed = false;
  let turn: Promise<unknown> = Promise.resolve();

  /** Serializes writing, sealing and closing. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = turn.then(work);
    turn = done.catch(() => {});
    return done;
  }

  async function openActive(): Promise<{ writer: SegmentWriter; segment: Segment }> {
    if (active?.writer.isUsable && active.writer.bytes < segmentBytes) return active;
    await seal();
    lastNumber++;
    const segment = createSegmentState(nameSegment(folder, lastNumber));
    active = { writer: await createSegment(folder, segment.file), segment };
    segments.push(segment);
    return active;
  }

  async function seal(): Promise<void> {
    if (active === null) return;
    const { writer, segment } = active;
    active = null;
    await writer.close();
    if (writer.bytes === 0) await remove(segment);
  }

  /** Writes all waiting bodies with one sync. */
  async function flush(): Promise<void> {
    const batch = waiting;
    waiting = [];
    const bytes = batch.reduce((sum, one) => sum + one.bytes, 0);
    try {
      const { writer, segment } = await openActive();
      await writer.append(batch.flatMap((one) => [encode(one, segment.file.salt), one.body]));
      segment.bytes = writer.bytes;
      segment.bodies += batch.length;
      segment.oldestAt ??= batch[0]?.receivedAt ?? null;
      usedBytes += bytes;
      failure = null;
      for (const one of batch) one.resolve();
    } catch (error) {
      const reason = toError(error).message;
      if (failure === null) log.warn({ reason }, 'the spool cannot store bodies');
      failure = { reason, at: performance.now() };
      for (const one of batch) one.reject(error);
    } finally {
      waitingBytes -= bytes;
    }
  }

  async function remove(segment: Segment): Promise<void> {
    await rm(segment.file.path, { force: true });
    await syncFolder(folder);
    await removeProgress(segment.file);
    segments.splice(segments.indexOf(segment), 1);
    usedBytes -= segment.bytes;
  }

  const room = (): number => maxBytes - usedBytes - waitingBytes;
  const full = `the spool is full (limit: ${maxBytes} bytes)`;

  return {
    folder,
    append(body, { source, sha256 }) {
      return new Promise((resolve, reject) => {
        const bytes = fixedHeaderBytes + Buffer.byteLength(source) + body.length;
        if (closed) throw new SpoolError('spool_closed', 'the spool is closed');
        if (bytes > room()) throw new SpoolError('spool_full', full);
        waitingBytes += bytes;
        const isFirst = waiting.push({ source, sha256, receivedAt: Date.now(), body, bytes, resolve, reject }) === 1;
        if (isFirst) void inTurn(flush);
      });
    },
    get fullReason() {
      if (failure !== null && performance.now() - failure.at < failurePauseMs) return failure.reason;
      return room() < Math.min(minRoomBytes, maxBytes / 10) ? full : null;
    },
    get fill() {
      const filled = segments.filter(({ bodies }) => bodies > 0);
      return {
        bodies: filled.reduce((sum, { bodies }) => sum + bodies, 0),
        bytes: usedBytes,
        maxBytes,
        oldestAt: filled[0]?.oldestAt ?? null,
      };
    },
    takeSegments: () =>
      inTurn(async () => {
        await seal();
        return [...segments];
      }),
    remove,
    async close() {
      closed = true;
      await inTurn(seal);
      await lock.release();
    },
  };
}

async function enterFolder(
  folder: string,
  lockTimeoutMs: number,
  log: Logger,
): Promise<{ lock: FolderLock; segments: Segment[] }> {
  let lock: FolderLock | null = null;
  try {
    await makeFolder(folder);
    lock = await withReserve(folder, () => lockFolder(folder, lockTimeoutMs));
    return { lock, segments: await readSegments(folder, log) };
  } catch (cause) {
    await lock?.release();
    if (cause instanceof SpoolError) throw cause;
    throw new SpoolError(
      'spool_failed',
      `Cannot use the spool folder ${folder} (${explainSystemError(cause)}). Choose another one with --spool.`,
      { cause },
    );
  }
}

function encode({ source, sha256, receivedAt, body }: Waiting, salt: number): Buffer {
  return encodeHeader({ source, sha256, receivedAt, bodyBytes: body.length }, salt);
}
