import { basename } from 'node:path';
import { findProgram } from '../find-program.ts';
import type { Variables } from './multiplexer.ts';

/** In the order in which they are looked for: what people expect on a server, then what is there at least. */
const usualEditors = ['vim', 'nvim', 'emacs', 'hx', 'nano', 'micro', 'vi'];

/** Editors that show the files of a folder when they are given one; others refuse. */
const openFolders = new Set(['vim', 'nvim', 'emacs', 'hx', 'kak', 'mc']);

/** An editor as a line for the shell, since `EDITOR` may be `emacs -nw`. */
export interface Editor {
  readonly line: string;
  /** Whether it can be given the work folder. */
  readonly opensFolders: boolean;
}

/** `VISUAL`, else `EDITOR`, else what is installed; null: nothing is. */
export function chooseEditor(env: Variables, path: readonly string[]): Editor | null {
  const line =
    env.VISUAL?.trim() || env.EDITOR?.trim() || usualEditors.find((name) => findProgram(name, path) !== null);
  if (!line) return null;
  const program = basename(line.split(/\s+/)[0] ?? '');
  // Without a display emacs finds the terminal by itself; in a session that began on a desktop it would open a window.
  return { line: line === 'emacs' ? 'emacs -nw' : line, opensFolders: openFolders.has(program) };
}
