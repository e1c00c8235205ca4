import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { decodeHeader, isCutHeader, maxHeaderBytes, type RecordHeader, recordMark } from './record.ts';
import type { SegmentFile } from './segment-file.ts';

/** A record and its position in the segment. */
export interface FoundRecord extends RecordHeader {
  readonly kind: 'record';
  readonly start: number;
  readonly bodyStart: number;
  /** The first byte after it. */
  readonly end: number;
}

/** The parts of a segment. */
export type Found =
  | FoundRecord
  /** Unreadable bytes that a completed write left. */
  | { readonly kind: 'broken'; readonly start: number; readonly end: number }
  /** An unfinished, unacknowledged write at the end. */
  | { readonly kind: 'torn'; readonly start: number; readonly end: number };

const chunkBytes = 64 * 1024;

/** Reads a sealed segment, or the synced part of the active one. */
export interface SegmentReader {
  /** Reads from the start of a record to the end. */
  walk(from?: number): AsyncGenerator<Found>;
  /** @returns the body; null when its hash differs from the header */
  readBody(record: FoundRecord): Promise<Buffer | null>;
  /** Any bytes of the segment. */
  read(start: number, length: number): Promise<Buffer>;
  readonly bytes: number;
  close(): Promise<void>;
}

/** Opens a segment. */
export async function openSegment(file: SegmentFile): Promise<SegmentReader> {
  const handle = await open(file.path, 'r');
  const { size } = await handle.stat();
  let chunk: Buffer = Buffer.alloc(0);
  let chunkStart = 0;

  /** Reads up to `length` bytes at `start`, from a buffered chunk. */
  async function look(start: number, length: number): Promise<Buffer> {
    const wanted = Math.min(length, size - start);
    if (start < chunkStart || start + wanted > chunkStart + chunk.length) {
      chunk = await readFully(handle, start, Math.min(Math.max(wanted, chunkBytes), size - start));
      chunkStart = start;
    }
    return chunk.subarray(start - chunkStart, start - chunkStart + wanted);
  }

  async function lookForRecord(start: number): Promise<FoundRecord | 'cut' | null> {
    const bytes = await look(start, maxHeaderBytes);
    const decoded = decodeHeader(bytes, file.salt);
    if (decoded === null) return isCutHeader(bytes) ? 'cut' : null;
    const bodyStart = start + decoded.headerBytes;
    const end = bodyStart + decoded.header.bodyBytes;
    return end > size ? 'cut' : { kind: 'record', ...decoded.header, start, bodyStart, end };
  }

  /** Finds the next readable header; the end when there is none. */
  async function findRecord(from: number): Promise<number> {
    for (let at = from; at < size; ) {
      const bytes = await look(at, chunkBytes);
      const hit = bytes.indexOf(recordMark);
      if (hit < 0) {
        // The mark may span two chunks.
        at += Math.max(1, bytes.length - recordMark.length + 1);
      } else {
        if (decodeHeader(await look(at + hit, maxHeaderBytes), file.salt) !== null) return at + hit;
        at += hit + 1;
      }
    }
    return size;
  }

  /** After a crash, a file can have grown without its bytes. */
  async function isEmptyUntilEnd(from: number): Promise<boolean> {
    for (let at = from; at < size; at += chunkBytes) {
      if ((await look(at, chunkBytes)).some((byte) => byte !== 0)) return false;
    }
    return true;
  }

  async function* walk(from = 0): AsyncGenerator<Found> {
    for (let start = from; start < size; ) {
      const found = await lookForRecord(start);
      if (found !== null && found !== 'cut') {
        yield found;
        start = found.end;
        continue;
      }
      const end = await findRecord(start + 1);
      const isTorn = end === size && (found === 'cut' || (await isEmptyUntilEnd(start)));
      yield { kind: isTorn ? 'torn' : 'broken', start, end };
      start = end;
    }
  }

  return {
    walk,
    async readBody(record) {
      const body = await readFully(handle, record.bodyStart, record.bodyBytes);
      return createHash('sha256').update(body).digest().equals(record.sha256) ? body : null;
    },
    read: (start, length) => readFully(handle, start, length),
    bytes: size,
    close: () => handle.close(),
  };
}

async function readFully(handle: FileHandle, start: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let got = 0;
  while (got < length) {
    const { bytesRead } = await handle.read(bytes, got, length - got, start + got);
    if (bytesRead === 0) throw new Error(`A segment of the spool ended at byte ${start + got}: it was truncated.`);
    got += bytesRead;
  }
  return bytes;
}
