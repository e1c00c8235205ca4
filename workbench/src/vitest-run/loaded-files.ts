import { isAbsolute, relative } from 'node:path';
import type { RunFile } from '@snoop/snoopdb';
import type { Plugin } from 'vitest/config';
import { isOwnFile } from './imported-files.ts';

/** Larger files are not stored, and no more than so many files and bytes of a run. */
const maxFileBytes = 1 << 20;
const maxFiles = 1000;
const maxBytes = 16 << 20;

/** Collects the sources of tests and what they import as vite loads them: a file may be saved again while tests run. */
export class LoadedFiles {
  readonly #cwd: string;
  readonly #files = new Map<string, RunFile>();
  #bytes = 0;

  /** @param cwd files below it are named from here */
  constructor(cwd: string) {
    this.#cwd = cwd;
  }

  get plugin(): Plugin {
    return {
      name: 'snoop-loaded-files',
      enforce: 'pre',
      transform: (code, id) => {
        const [file = id] = id.split('?', 1);
        if (isOwnFile(file)) this.#add(file, code);
      },
    };
  }

  /** Sorted by name. */
  list(): RunFile[] {
    return [...this.#files.values()].sort((a, b) => (a.file < b.file ? -1 : 1));
  }

  #add(path: string, content: string): void {
    const fromCwd = relative(this.#cwd, path);
    const file = fromCwd.startsWith('..') || isAbsolute(fromCwd) ? path : fromCwd;
    // The first content is the one that tests ran with.
    if (this.#files.has(file) || this.#files.size >= maxFiles) return;
    const bytes = Buffer.byteLength(content);
    this.#bytes += bytes;
    const omitted =
      bytes > maxFileBytes
        ? 'larger than 1 MiB'
        : this.#bytes > maxBytes
          ? 'the files are larger than 16 MiB together'
          : null;
    this.#files.set(file, { file, content: omitted === null ? content : null, omitted });
  }
}
