import { isAbsolute, relative } from 'node:path';
import type { RunFile } from '@snoop/snoopdb';
import type { Plugin } from 'vitest/config';
import { isOwnFile } from './imported-files.ts';

/** Larger files are not stored, and no more than so many files and bytes of a run. */
const maxFileBytes = 1 << 20;
const maxFiles = 1000;
const maxBytes = 16 << 20;

/** Passes on the sources of tests and what they import as vite loads them: a file may be saved again while tests run. */
export class LoadedFiles {
  readonly #cwd: string;
  readonly #onFile: (file: RunFile) => void;
  readonly #names = new Set<string>();
  #bytes = 0;

  /**
   * @param cwd files below it are named from here
   * @param onFile called once for each file
   */
  constructor(cwd: string, onFile: (file: RunFile) => void) {
    this.#cwd = cwd;
    this.#onFile = onFile;
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

  #add(path: string, content: string): void {
    const fromCwd = relative(this.#cwd, path);
    const file = fromCwd.startsWith('..') || isAbsolute(fromCwd) ? path : fromCwd;
    if (this.#names.has(file) || this.#names.size >= maxFiles) return;
    this.#names.add(file);
    const bytes = Buffer.byteLength(content);
    this.#bytes += bytes;
    const omitted =
      bytes > maxFileBytes ? 'larger than 1 MiB' : this.#bytes > maxBytes ? 'larger than 16 MiB together' : null;
    this.#onFile({ file, content: omitted === null ? content : null, omitted });
  }
}
