import type { FSWatcher } from 'node:fs';
import { watch } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isSkippedFolder } from '../vitest-run/test-files.ts';

/** An editor writes several times for one save. */
const quietMs = 100;
/** Polls folders that cannot be watched: too many watches, or missing at the moment. */
const pollMs = 1000;

/**
 * Reports that something in folders may have changed, not what. Watches folders, not files: a file that is saved by
 * renaming another over it becomes a different file. Node's recursive watch loses such files: on Linux, it watches
 * every file, also in node_modules.
 */
export class FolderWatch {
  readonly #watchers = new Map<string, { watcher: FSWatcher; inode: number }>();
  #mustPoll = false;
  #hasChanged = false;
  #wake: () => void = () => {};

  /**
   * Watches exactly these folders from now on.
   *
   * @param deep with their subfolders, except those that `snoop test` skips
   * @param flat without subfolders
   */
  async follow(deep: readonly string[], flat: readonly string[]): Promise<void> {
    const wanted = new Set([...flat, ...(await Promise.all(deep.map(listFolders))).flat()]);
    for (const folder of this.#watchers.keys()) if (!wanted.has(folder)) this.#drop(folder);
    this.#mustPoll = false;
    for (const folder of wanted) await this.#add(folder);
  }

  async #add(folder: string): Promise<void> {
    const inode = (await stat(folder).catch(() => null))?.ino;
    // The folder may have been replaced.
    if (this.#watchers.get(folder)?.inode !== inode) this.#drop(folder);
    if (inode === undefined) this.#mustPoll = true;
    if (inode === undefined || this.#watchers.has(folder)) return;
    try {
      const watcher = watch(folder, (_event, name) => {
        // The folder itself was removed; another one with its name may get the same inode.
        if (name === basename(folder)) this.#drop(folder);
        this.#notice();
      });
      this.#watchers.set(folder, { watcher, inode });
      watcher.on('error', () => {
        this.#drop(folder);
        this.#mustPoll = true;
        this.#notice();
      });
    } catch {
      this.#mustPoll = true;
    }
  }

  #drop(folder: string): void {
    this.#watchers.get(folder)?.watcher.close();
    this.#watchers.delete(folder);
  }

  #notice(): void {
    this.#hasChanged = true;
    this.#wake();
  }

  /** Waits for a change since the last call and then for a moment without changes; returns at once when aborted. */
  async next(signal: AbortSignal): Promise<void> {
    if (!this.#hasChanged) await this.#wait(this.#mustPoll ? pollMs : null, signal);
    for (let round = 0; round < 20 && !signal.aborted; round += 1) {
      this.#hasChanged = false;
      await this.#wait(quietMs, signal);
      if (!this.#hasChanged) return;
    }
  }

  #wait(ms: number | null, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#wake = () => {};
        resolve();
      };
      const timer = ms === null ? undefined : setTimeout(done, ms);
      signal.addEventListener('abort', done, { once: true });
      this.#wake = done;
      if (signal.aborted) done();
    });
  }

  close(): void {
    for (const folder of this.#watchers.keys()) this.#drop(folder);
  }
}

async function listFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const below = entries.filter((entry) => entry.isDirectory() && !isSkippedFolder(entry.name));
  return [folder, ...(await Promise.all(below.map((entry) => listFolders(join(folder, entry.name))))).flat()];
}
