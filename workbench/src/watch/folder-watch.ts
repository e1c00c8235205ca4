import type { FSWatcher } from 'node:fs';
import { watch } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isPassedOver } from '../vitest-run/test-files.ts';

/** An editor writes several times to save once, and is between two of them for a moment. */
const quietMs = 100;
/** What cannot be watched (too many watches, a folder that is not there at the moment) is looked at so often. */
const lookMs = 1000;

/**
 * Says when something may have changed in folders; what, the one who waits has to look up. One watch for each folder and
 * none for files: a file that is saved by renaming another over it is another file afterwards. Node's recursive watch,
 * which on Linux watches every single file below, node_modules too, loses such files.
 */
export class FolderWatch {
  readonly #watchers = new Map<string, { watcher: FSWatcher; inode: number }>();
  #isBlind = false;
  #happened = false;
  #wake: () => void = () => {};

  /**
   * Watches exactly these from now on.
   *
   * @param deep these with all folders below, but none that `snoop test` passes over
   * @param flat these alone
   */
  async follow(deep: readonly string[], flat: readonly string[]): Promise<void> {
    const wanted = new Set([...flat, ...(await Promise.all(deep.map(listFolders))).flat()]);
    for (const folder of this.#watchers.keys()) if (!wanted.has(folder)) this.#drop(folder);
    this.#isBlind = false;
    for (const folder of wanted) await this.#add(folder);
  }

  async #add(folder: string): Promise<void> {
    const inode = (await stat(folder).catch(() => null))?.ino;
    // Another one of the same name is another folder for the system.
    if (this.#watchers.get(folder)?.inode !== inode) this.#drop(folder);
    if (inode === undefined) this.#isBlind = true;
    if (inode === undefined || this.#watchers.has(folder)) return;
    try {
      const watcher = watch(folder, () => this.#notice());
      this.#watchers.set(folder, { watcher, inode });
      watcher.on('error', () => {
        this.#drop(folder);
        this.#isBlind = true;
        this.#notice();
      });
    } catch {
      this.#isBlind = true;
    }
  }

  #drop(folder: string): void {
    this.#watchers.get(folder)?.watcher.close();
    this.#watchers.delete(folder);
  }

  #notice(): void {
    this.#happened = true;
    this.#wake();
  }

  /** Resolves when something happened since the last call, and then nothing for a moment; at once when aborted. */
  async next(signal: AbortSignal): Promise<void> {
    if (!this.#happened) await this.#wait(this.#isBlind ? lookMs : null, signal);
    for (let round = 0; round < 20 && !signal.aborted; round += 1) {
      this.#happened = false;
      await this.#wait(quietMs, signal);
      if (!this.#happened) return;
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
  const below = entries.filter((entry) => entry.isDirectory() && !isPassedOver(entry.name));
  return [folder, ...(await Promise.all(below.map((entry) => listFolders(join(folder, entry.name))))).flat()];
}
