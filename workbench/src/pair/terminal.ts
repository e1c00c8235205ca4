import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Variables } from './multiplexer.ts';

/** Where ncurses searches for terminal descriptions (see terminfo(5)); distributions differ. */
const terminfoFolders = ['/etc/terminfo', '/lib/terminfo', '/usr/share/terminfo', '/usr/local/share/terminfo'];

/** Widely compatible terminals, the best first. */
const usualTerminals = ['xterm-256color', 'xterm', 'screen', 'linux', 'vt100'];

/** Whether this machine has a description of a terminal. */
function isTerminalKnown(name: string, env: Variables): boolean {
  const first = name.charAt(0);
  if (first === '' || name.includes('/')) return false;
  const { TERMINFO, TERMINFO_DIRS, HOME } = env;
  const own = HOME ? [join(HOME, '.terminfo')] : [];
  const folders = [...(TERMINFO ? [TERMINFO] : []), ...own, ...(TERMINFO_DIRS ?? '').split(':'), ...terminfoFolders];
  // On case-insensitive file systems, the folder is the letter's code in hexadecimal.
  const letters = [first, first.charCodeAt(0).toString(16)];
  return folders.some((folder) => folder !== '' && letters.some((letter) => existsSync(join(folder, letter, name))));
}

/**
 * Chooses the TERM of tmux: the given one, or, if it is unset or not described here (a container has few
 * descriptions), the best usual one.
 */
export function chooseTerminal(env: Variables): string {
  const named = env.TERM ?? '';
  if (named !== 'dumb' && named !== 'unknown' && isTerminalKnown(named, env)) return named;
  return usualTerminals.find((name) => isTerminalKnown(name, env)) ?? 'xterm';
}

/** Chooses the TERM of programs in the panes. */
export function chooseInnerTerminal(env: Variables): string {
  return isTerminalKnown('screen-256color', env) ? 'screen-256color' : 'screen';
}

/**
 * Creates the environment of the session: a UTF-8 locale, which tmux needs and a container often lacks, and no
 * variables of a tmux around this program.
 */
export function makeSessionEnvironment(env: Variables): Record<string, string | undefined> {
  const { TMUX: _tmux, TMUX_PANE: _pane, TMATE: _tmate, STY: _sty, ...kept } = env;
  const locale = kept.LC_ALL || kept.LC_CTYPE || kept.LANG || '';
  const isUtf8 = /utf-?8/i.test(locale);
  return { ...kept, TERM: chooseTerminal(env), ...(isUtf8 ? {} : { LC_ALL: 'C.UTF-8' }) };
}
