import { copyFileSync, readdirSync, renameSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { junitLimits } from '@snoop/conformance';
import { explainSystemError } from '@snoop/snoopdb';
import { type FoundFile, findFiles } from './found-files.ts';
import { maxJunitBytes } from './read-outcomes.ts';
import type { RunDraft } from './run-draft.ts';

/** JUnit files that a suite left. */
export interface FoundJunit {
  /** Names below junit/. */
  readonly files: readonly string[];
  /** What could not be kept, as sentences. */
  readonly problems: readonly string[];
}

const maxFiles = 1_000;
const maxLogBytes = 2 ** 30;
/** Of paths that did not fit; the others are counted. */
const maxProblems = 10;

/**
 * Copies the JUnit that --junit names, and moves what the suite left in its report folder: XML into junit/, other files
 * into logs/.
 *
 * @param named paths of --junit: files, or folders of them
 */
export function collectJunit(draft: RunDraft, named: readonly string[]): FoundJunit {
  const keeper = new Keeper(draft);
  for (const path of named) keeper.keepNamed(path);
  keeper.keepReport(draft.path('report'));
  return keeper.finish();
}

/** Files that are kept in the folder of a run, with bounds: the suite may leave anything. */
class Keeper {
  readonly #draft: RunDraft;
  readonly #names = { junit: new Set<string>(), logs: new Set<string>() };
  readonly #problems: string[] = [];
  #files = 0;
  #junitBytes = 0;

  constructor(draft: RunDraft) {
    this.#draft = draft;
    for (const name of readdirSync(draft.path('logs'))) this.#names.logs.add(name);
  }

  keepNamed(path: string): void {
    // A file is JUnit by its name in --junit.
    const listed = this.#list(path);
    const found = listed?.filter((file) => file.path === path || isXml(file)) ?? [];
    if (listed !== null && found.length === 0) this.#problems.push(`--junit ${path} has no JUnit file.`);
    for (const file of found) this.#keep(file, 'junit', copyFileSync);
  }

  keepReport(folder: string): void {
    for (const file of this.#list(folder) ?? []) {
      this.#keep(file, isXml(file) ? 'junit' : 'logs', file.isLink ? copyFileSync : renameSync);
    }
  }

  finish(): FoundJunit {
    const more = this.#problems.length - maxProblems;
    const problems = this.#problems.slice(0, maxProblems);
    if (more > 0) problems.push(`${more.toLocaleString('en-US')} more files cannot be kept.`);
    return { files: [...this.#names.junit], problems };
  }

  /** @returns null: it cannot be read, which is noted */
  #list(path: string): readonly FoundFile[] | null {
    try {
      const { files, isShortened } = findFiles(path);
      if (isShortened) this.#problems.push(`${path} has too many files; not all of them were read.`);
      return files;
    } catch (error) {
      this.#problems.push(`${path} cannot be read: ${explainSystemError(error)}.`);
      return null;
    }
  }

  #keep(file: FoundFile, folder: 'junit' | 'logs', move: (from: string, to: string) => void): void {
    const problem = this.#findProblem(file, folder);
    if (problem !== null) {
      this.#problems.push(`${file.path} cannot be kept: ${problem}.`);
      return;
    }
    const names = this.#names[folder];
    const base = basename(file.path);
    const name = chooseName(folder === 'logs' || isXml(file) ? base : `${base}.xml`, names);
    try {
      move(file.path, this.#draft.path(`${folder}/${name}`));
      names.add(name);
      this.#files += 1;
    } catch (error) {
      this.#problems.push(`${file.path} cannot be kept: ${explainSystemError(error)}.`);
    }
  }

  #findProblem({ bytes }: FoundFile, folder: 'junit' | 'logs'): string | null {
    if (bytes === null) return 'it is not a regular file';
    const limit = folder === 'junit' ? junitLimits.bytes : maxLogBytes;
    if (bytes > limit) return `it has ${format(bytes)} bytes, and the limit is ${format(limit)}`;
    if (this.#files >= maxFiles) return `the run has more than ${format(maxFiles)} files`;
    if (folder === 'logs') return null;
    this.#junitBytes += bytes;
    return this.#junitBytes > maxJunitBytes ? `the JUnit has more than ${format(maxJunitBytes)} bytes` : null;
  }
}

function isXml({ path }: FoundFile): boolean {
  return path.endsWith('.xml');
}

function format(number: number): string {
  return number.toLocaleString('en-US');
}

function chooseName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  const extension = extname(name);
  const stem = name.slice(0, name.length - extension.length);
  for (let number = 2; ; number += 1) {
    const other = `${stem}-${number}${extension}`;
    if (!taken.has(other)) return other;
  }
}
