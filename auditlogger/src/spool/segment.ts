import { readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError, writeFileAtomically } from '@snoop/snoopdb';
import type { Logger } from 'pino';
import { listSegments, type SegmentFile } from './segment-file.ts';
import { type FoundRecord, openSegment, type SegmentReader } from './segment-reader.ts';

/** Progress files and their drafts. */
const anyProgress = /^segment-.*\.spool\.progress(\.|$)/;

/** A segment and how far its bodies are committed. */
export interface Segment {
  readonly file: SegmentFile;
  /** Synced bytes. */
  bytes: number;
  /** Bodies neither committed nor kept as broken. */
  bodies: number;
  /** When the first of them was received, in milliseconds since 1970. */
  oldestAt: number | null;
  /** Everything before this byte has been read. */
  passed: number;
  /** Records read but not committed yet, by their first byte. */
  readonly left: Map<number, FoundRecord>;
  /** Formerly pending records that became unreadable. */
  unreadable: readonly { readonly start: number; readonly end: number }[];
}

export function createSegmentState(file: SegmentFile): Segment {
  return { file, bytes: 0, bodies: 0, oldestAt: null, passed: 0, left: new Map(), unreadable: [] };
}

/** Reads the segments of an earlier process, oldest first. */
export async function readSegments(folder: string, log: Logger): Promise<Segment[]> {
  const files = await listSegments(folder);
  await removeStrayProgress(folder, files);
  const segments: Segment[] = [];
  for (const file of files) segments.push(await readSegment(file, log));
  return segments;
}

/** Removes progress files without a segment, left by a crash. */
async function removeStrayProgress(folder: string, files: readonly SegmentFile[]): Promise<void> {
  const known = new Set(files.map((file) => progressFile(file)));
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (anyProgress.test(name) && !known.has(path)) await rm(path, { force: true });
  }
}

async function readSegment(file: SegmentFile, log: Logger): Promise<Segment> {
  const segment = createSegmentState(file);
  const reader = await openSegment(file);
  try {
    segment.bytes = reader.bytes;
    await readProgress(segment, reader);
    for await (const found of reader.walk(segment.passed)) {
      const { kind, start, end } = found;
      if (kind === 'record') {
        segment.bodies++;
        segment.oldestAt ??= found.receivedAt;
      } else if (kind === 'torn') {
        log.warn(
          { file: file.path, start, bytes: end - start },
          'dropped an unfinished, unacknowledged body: the program ended while writing it',
        );
      }
    }
  } finally {
    await reader.close();
  }
  return segment;
}

/**
 * Saves how far a segment is committed. Without it, a restart would replay all its bodies, which the ledger knows only for
 * a day. Stale progress does no harm, so the file is not synced.
 */
export function saveProgress({ file, passed, left, unreadable }: Segment): void {
  try {
    const starts = [...left.keys(), ...unreadable.map(({ start }) => start)];
    writeFileAtomically(progressFile(file), JSON.stringify({ passed, left: starts }));
  } catch {
    // The disk may be full; replaying frees space.
  }
}

export async function removeProgress(file: SegmentFile): Promise<void> {
  await rm(progressFile(file), { force: true });
}

async function readProgress(segment: Segment, reader: SegmentReader): Promise<void> {
  const saved = parseProgress(segment.file);
  if (saved === null || saved.passed > reader.bytes) return;
  const unreadable: { start: number; end: number }[] = [];
  for (const start of saved.left) {
    // The record may have become unreadable since.
    const { value: found } = await reader.walk(start).next();
    if (found?.kind === 'record') {
      segment.left.set(start, found);
      segment.bodies++;
      segment.oldestAt = Math.min(segment.oldestAt ?? found.receivedAt, found.receivedAt);
    } else if (found) {
      unreadable.push(found);
    }
  }
  segment.unreadable = unreadable;
  segment.passed = saved.passed;
}

function parseProgress(file: SegmentFile): { passed: number; left: number[] } | null {
  try {
    const saved: unknown = JSON.parse(readFileSync(progressFile(file), 'utf8'));
    if (typeof saved !== 'object' || saved === null || !('passed' in saved) || !('left' in saved)) return null;
    const { passed, left } = saved;
    if (!isPosition(passed) || !Array.isArray(left) || !left.every(isPosition)) return null;
    return { passed, left };
  } catch (error) {
    if (error instanceof SyntaxError || isSystemError(error, 'ENOENT')) return null;
    throw error;
  }
}

function isPosition(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function progressFile(file: SegmentFile): string {
  return `${file.path}.progress`;
}
