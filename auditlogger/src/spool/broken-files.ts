import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isSystemError } from '@snoop/snoopdb';
import { syncFolder } from './folder.ts';
import type { SegmentFile } from './segment-file.ts';
import type { SegmentReader } from './segment-reader.ts';

const copyBytes = 1024 * 1024;

/** Unreadable parts of a spool, copied into files for inspection. */
export interface BrokenFiles {
  readonly folder: string;
  readonly count: number;
  /**
   * Copies a part of a segment into a file; the same part always into the same file.
   * @returns its path
   */
  keep(file: SegmentFile, reader: SegmentReader, start: number, end: number): Promise<string>;
}

export async function openBrokenFiles(spoolFolder: string): Promise<BrokenFiles> {
  const folder = join(spoolFolder, 'broken');
  const kept = new Set((await listFiles(folder)).filter((name) => name.endsWith('.bytes')));
  return {
    folder,
    get count() {
      return kept.size;
    },
    async keep(file, reader, start, end) {
      const name = `${basename(file.path, '.spool')}-${start}.bytes`;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await copyPart(reader, start, end, join(folder, name));
      await syncFolder(folder);
      await syncFolder(spoolFolder);
      kept.add(name);
      return join(folder, name);
    },
  };
}

async function copyPart(reader: SegmentReader, start: number, end: number, path: string): Promise<void> {
  const draft = `${path}.draft`;
  const handle = await open(draft, 'w', 0o600);
  try {
    for (let at = start; at < end; at += copyBytes) {
      await handle.write(await reader.read(at, Math.min(copyBytes, end - at)));
    }
    await handle.sync();
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

async function listFiles(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return [];
    throw error;
  }
}
