import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What tells one state of a file from another. */
type Mark = string;

const gone: Mark = 'gone';
/** Is the mark of no file. */
const older: Mark = 'older';
const module = /\.[cm]?[jt]sx?$/;

/**
 * The files of a run, and whether one of them was saved since it began. Looks at the files themselves: whatever an
 * editor does to save one (in place, by renaming another over it, twice), and however few of the notifications arrive,
 * the answer is the same.
 */
export class WorkFiles {
  #tests: ReadonlySet<string> = new Set();
  #marks = new Map<string, Mark>();
  #isWhole = true;
  #modules = new Set<string>();
  #beganAtMs = 0;

  /** The folders in which they lie. */
  get folders(): string[] {
    return [...new Set([...this.#marks.keys()].map(dirname))];
  }

  /**
   * Notes how the files are before a run reads them.
   *
   * @param tests the test files; what they imported the last time stays until {@link learn} is told better
   */
  async begin(tests: readonly string[]): Promise<void> {
    this.#beganAtMs = Date.now();
    this.#tests = new Set(tests);
    const files = new Set([...tests, ...this.#marks.keys()]);
    this.#marks = new Map(await Promise.all([...files].map(async (file) => [file, await readMark(file)] as const)));
    this.#modules = await this.#listModules();
  }

  /**
   * Takes over what the run has read.
   *
   * @param read the test files and what they import
   * @param isWhole false: some of it could not be read, so what was imported before stays
   */
  async learn(read: readonly string[], isWhole: boolean): Promise<void> {
    this.#isWhole = isWhole;
    const known = this.#marks;
    const files = new Set([...this.#tests, ...read, ...(isWhole ? [] : known.keys())]);
    const marks = [...files].map(async (file) => {
      const before = known.get(file);
      if (before !== undefined) return [file, before] as const;
      // Nobody noted how it was before the run: it was saved since then when it is younger.
      const isYounger = ((await stat(file).catch(() => null))?.mtimeMs ?? 0) >= this.#beganAtMs;
      return [file, isYounger ? older : await readMark(file)] as const;
    });
    this.#marks = new Map(await Promise.all(marks));
  }

  /**
   * Which files were saved, made or removed since the run began.
   *
   * @param tests the test files that there are now
   */
  async listChanged(tests: readonly string[]): Promise<string[]> {
    const now = new Set(tests);
    const changed = new Set([
      ...tests.filter((file) => !this.#tests.has(file)),
      ...[...this.#tests].filter((file) => !now.has(file)),
    ]);
    for (const [file, mark] of this.#marks) if ((await readMark(file)) !== mark) changed.add(file);
    // The one that could not be imported, because it was not there.
    if (!this.#isWhole) for (const file of await this.#listModules()) if (!this.#modules.has(file)) changed.add(file);
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

/** The content counts and not only the time: within the resolution of a file system's clock a file can be saved twice. */
async function readMark(file: string): Promise<Mark> {
  try {
    const [{ mtimeMs, ino }, content] = await Promise.all([stat(file), readFile(file)]);
    return `${mtimeMs} ${ino} ${createHash('sha256').update(content).digest('base64')}`;
  } catch {
    return gone;
  }
}
