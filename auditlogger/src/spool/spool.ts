import { rm } from 'node:fs/promises';
import { explainSystemError, toError } from '@snoop/snoopdb';
import type { Logger } from 'pino';
import type { Backlog } from '../backlog.ts';
import { type FolderHold, holdFolder } from './folder-hold.ts';
import { makeFolder, syncFolder, withReserve } from './folder.ts';
import { encodeHeader, fixedHeaderBytes } from './record.ts';
import { createSegmentState, forgetProgress, readSegments, type Segment } from './segment.ts';
import { nameSegment } from './segment-file.ts';
import { createSegment, type SegmentWriter } from './segment-writer.ts';
import { SpoolError } from './spool-error.ts';

/** Bodies on disk that wait for the database, in a folder of this program's own. */
export interface Spool {
  readonly folder: string;
  /** Keeps a body; when it resolves, the body is on disk. @throws SpoolError; nothing is kept then */
  append(body: Buffer, options: { source: string; sha256: Buffer }): Promise<void>;
  /** Why no body is kept now; null: there is room. */
  readonly whyFull: string | null;
  readonly fill: Pick<Backlog, 'bodies' | 'bytes' | 'maxBytes' | 'oldestAt'>;
  /** All that is kept, the oldest first. Nothing is appended to what was handed out. */
  takeSegments(): Promise<readonly Segment[]>;
  /** Forgets a segment whose bodies are all committed. */
  remove(segment: Segment): Promise<void>;
  /** Gives the folder back; what is in it stays for the next program. */
  close(): Promise<void>;
}

export interface SpoolOptions {
  readonly folder: string;
  readonly maxBytes: number;
  readonly log: Logger;
  /** How long another program in the folder is waited for, in milliseconds: it may be just ending. */
  readonly patienceMs?: number;
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

/** A small one gives its room back soon. One body may be larger. */
const segmentBytes = 16 * 1024 * 1024;
/** Less room than this is none: it would not do for a body of the usual size. */
const leastRoomBytes = 1024 * 1024;
/** After the disk failed the next body tries again, but not before. */
const failurePauseMs = 1000;
const defaultPatienceMs = 12_000;

/**
 * Opens the spool of a folder, with what an earlier program left in it.
 * @throws SpoolError `spool_taken` when a running program has it, `spool_failed` when the folder cannot be used
 */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { folder, maxBytes, log, patienceMs = defaultPatienceMs } = options;
  const { hold, segments } = await enterFolder(folder, patienceMs, log);
  let lastNumber = segments.at(-1)?.file.number ?? 0;
  let usedBytes = segments.reduce((sum, { bytes }) => sum + bytes, 0);
  let active: { writer: SegmentWriter; segment: Segment } | null = null;
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let failure: { reason: string; at: number } | null = null;
  let closed = false;
  let turn: Promise<unknown> = Promise.resolve();

  /** Writing, sealing and closing touch the same file: one after the other. */
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

  /** All that wait go to disk together. */
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
      if (failure === null) log.warn({ reason }, 'the spool cannot keep bodies');
      failure = { reason, at: performance.now() };
      for (const one of batch) one.reject(error);
    } finally {
      waitingBytes -= bytes;
    }
  }

  async function remove(segment: Segment): Promise<void> {
    await rm(segment.file.path, { force: true });
    await syncFolder(folder);
    await forgetProgress(segment.file);
    segments.splice(segments.indexOf(segment), 1);
    usedBytes -= segment.bytes;
  }

  const room = (): number => maxBytes - usedBytes - waitingBytes;
  const full = `the spool is full: it may take ${maxBytes} bytes`;

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
    get whyFull() {
      if (failure !== null && performance.now() - failure.at < failurePauseMs) return failure.reason;
      return room() < Math.min(leastRoomBytes, maxBytes / 10) ? full : null;
    },
    get fill() {
      const held = segments.filter(({ bodies }) => bodies > 0);
      return {
        bodies: held.reduce((sum, { bodies }) => sum + bodies, 0),
        bytes: usedBytes,
        maxBytes,
        oldestAt: held[0]?.oldestAt ?? null,
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
      await hold.release();
    },
  };
}

async function enterFolder(
  folder: string,
  patienceMs: number,
  log: Logger,
): Promise<{ hold: FolderHold; segments: Segment[] }> {
  let hold: FolderHold | null = null;
  try {
    await makeFolder(folder);
    hold = await withReserve(folder, () => holdFolder(folder, patienceMs));
    return { hold, segments: await readSegments(folder, log) };
  } catch (cause) {
    await hold?.release();
    if (cause instanceof SpoolError) throw cause;
    throw new SpoolError(
      'spool_failed',
      `The spool's folder ${folder} cannot be used (${explainSystemError(cause)}). Name another one with --spool.`,
      { cause },
    );
  }
}

function encode({ source, sha256, receivedAt, body }: Waiting, salt: number): Buffer {
  return encodeHeader({ source, sha256, receivedAt, bodyBytes: body.length }, salt);
}
