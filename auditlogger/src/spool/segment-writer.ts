import { type FileHandle, open, stat } from 'node:fs/promises';
import { toError } from '@snoop/snoopdb';
import { syncFolder } from './folder.ts';
import type { SegmentFile } from './segment-file.ts';
import { SpoolError } from './spool-error.ts';

/** Writes one segment. The first `bytes` of it are synced. */
export interface SegmentWriter {
  readonly file: SegmentFile;
  readonly bytes: number;
  /** False after an error that left the content of the file unknown: nothing more is written to it. */
  readonly isUsable: boolean;
  /**
   * Appends the parts, and resolves when they are synced.
   * @throws SpoolError `spool_failed`: none of them is kept
   */
  append(parts: readonly Buffer[]): Promise<void>;
  close(): Promise<void>;
}

/** Creates a new segment. @throws SpoolError `spool_failed` */
export async function createSegment(folder: string, file: SegmentFile): Promise<SegmentWriter> {
  const handle = await open(file.path, 'wx', 0o600).catch((cause: unknown) => {
    throw failed(cause);
  });
  let bytes = 0;
  let isUsable = true;
  let isListed = false;

  async function write(parts: readonly Buffer[]): Promise<void> {
    const end = await writeFully(handle, parts, bytes);
    await handle.datasync();
    if (!isListed) await syncFolder(folder);
    isListed = true;
    await requireSameFile(handle, file.path);
    bytes = end;
  }

  return {
    file,
    get bytes() {
      return bytes;
    },
    get isUsable() {
      return isUsable;
    },
    async append(parts) {
      try {
        await write(parts);
      } catch (cause) {
        // After a failed sync the kernel may have dropped dirty pages, and reports it only once.
        isUsable = false;
        await handle.truncate(bytes).catch(() => {});
        throw failed(cause);
      }
    },
    close: () => handle.close(),
  };
}

/** @returns the position after the last byte */
async function writeFully(handle: FileHandle, parts: readonly Buffer[], from: number): Promise<number> {
  let position = from;
  let left = [...parts];
  while (left.length > 0) {
    const { bytesWritten } = await handle.writev(left, position);
    position += bytesWritten;
    left = skip(left, bytesWritten);
  }
  return position;
}

/** Drops the bytes already written: writev can be partial. */
function skip(parts: Buffer[], bytes: number): Buffer[] {
  let rest = bytes;
  let index = 0;
  for (let part = parts[index]; part !== undefined && part.length <= rest; part = parts[index]) {
    rest -= part.length;
    index++;
  }
  const [first, ...others] = parts.slice(index);
  return first === undefined ? [] : [first.subarray(rest), ...others];
}

/** @throws Error when the file was removed or replaced: writes to it would be lost */
async function requireSameFile(handle: FileHandle, path: string): Promise<void> {
  const [ours, there] = await Promise.all([handle.stat(), stat(path)]);
  if (ours.ino !== there.ino || ours.dev !== there.dev) throw new Error(`${path} was replaced`);
}

function failed(cause: unknown): SpoolError {
  return new SpoolError('spool_failed', `the spool cannot be written: ${toError(cause).message}`, { cause });
}
