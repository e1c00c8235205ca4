import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Identifies a state of a file. */
type Mark = string;

const missing: Mark = 'missing';
/** Equals the mark of no file. */
const outdated: Mark = 'outdated';
const module = /\.[cm]?[jt]sx?$/;

/**
 * The files of a run, and which were saved since it began. Compares the files themselves, so it does not depend on how
 * an editor saves (in place, by renaming, twice) or on which notifications arrive.
 */
export class WorkFiles {
  #tests: ReadonlySet<string> = new Set();
  #marks = new Map<string, Mark>();
  #isComplete = true;
  #modules = new Set<string>();
  #beganAtMs = 0;

  get folders(): string[] {
    return [...new Set([...this.#marks.keys()].map(dirname))];
  }

  /**
   * Records the state of the files before a run reads them.
   *
   * @param tests the test files; their imports stay those of the last run until {@link update}
   */
  async begin(tests: readonly string[]): Promise<void> {
    this.#beganAtMs = Date.now();
    this.#tests = new Set(tests);
    const files = new Set([...tests, ...this.#marks.keys()]);
    this.#marks = new Map(await Promise.all([...files].map(async (file) => [file, await readMark(file)] as const)));
    this.#modules = await this.#listModules();
  }

  /**
   * Replaces the files by those that the run has read.
   *
   * @param read the test files and what they import
   * @param isComplete false: some could not be read, so the previous imports stay
   */
  async update(read: readonly string[], isComplete: boolean): Promise<void> {
    this.#isComplete = isComplete;
    const known = this.#marks;
    const files = new Set([...this.#tests, ...read, ...(isComplete ? [] : known.keys())]);
    const marks = [...files].map(async (file) => {
      const before = known.get(file);
      if (before !== undefined) return [file, before] as const;
      // Its state before the run is unknown, so its time decides.
      const wasSaved = ((await stat(file).catch(() => null))?.mtimeMs ?? 0) >= this.#beganAtMs;
      return [file, wasSaved ? outdated : await readMark(file)] as const;
    });
    this.#marks = new Map(await Promise.all(marks));
  }

  /** Lists the files that were saved, created or removed since the run began. @param tests the present test files */
  async listChanged(tests: readonly string[]): Promise<string[]> {
    const now = new Set(tests);
    const changed = new Set([
      ...tests.filter((file) => !this.#tests.has(file)),
      ...[...this.#tests].filter((file) => !now.has(file)),
    ]);
    for (const [file, mark] of this.#marks) if ((await readMark(file)) !== mark) changed.add(file);
    // May be the file whose import failed.
    if (!this.#isComplete)
      for (const file of await this.#listModules()) if (!this.#modules.has(file)) changed.add(file);
    return [...changed];
  }

  async #listModules(): Promise<Set<string>> {
    const found = this.folders.map(async (folder) => {
      const names = await readdir(folder).catch(() => []);
      return names.filter((name) => module.test(name)).map((name) => join(folder, name));
    });
    return new Set((await Promise.all(found)).flat());
  }
}

/** Includes the content: a file can be saved twice within the resolution of the file system's clock. */
async function readMark(file: string): Promise<Mark> {
  try {
    const [{ mtimeMs, ino }, content] = await Promise.all([stat(file), readFile(file)]);
    return `${mtimeMs} ${ino} ${createHash('sha256').update(content).digest('base64')}`;
  } catch {
    return missing;
  }
}
