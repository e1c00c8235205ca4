import { basename } from 'node:path';
import { findProgram } from '../find-program.ts';
import type { Variables } from './multiplexer.ts';

/** In the order of the search: what people expect on a server, then what every system has. */
const usualEditors = ['vim', 'nvim', 'emacs', 'hx', 'nano', 'micro', 'vi'];

/** Editors that can open a folder. */
const openFolders = new Set(['vim', 'nvim', 'emacs', 'hx', 'kak', 'mc']);

/** An editor. */
export interface Editor {
  /** A line for the shell: `EDITOR` may be `emacs -nw`. */
  readonly line: string;
  readonly opensFolders: boolean;
}

/** Chooses `VISUAL`, else `EDITOR`, else an installed editor; null: none. */
export function chooseEditor(env: Variables, path: readonly string[]): Editor | null {
  const line =
    env.VISUAL?.trim() || env.EDITOR?.trim() || usualEditors.find((name) => findProgram(name, path) !== null);
  if (!line) return null;
  const program = basename(line.split(/\s+/)[0] ?? '');
  // On a desktop, emacs would open a window.
  return { line: line === 'emacs' ? 'emacs -nw' : line, opensFolders: openFolders.has(program) };
}
