import { type ProgramResult, type ProgramOptions, runProgram, toError } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { findProgram } from '../find-program.ts';
import type { SessionKind } from './place.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** How a call of tmux or tmate ended. */
export type Answer = Pick<ProgramResult, 'exitCode' | 'stdout' | 'stderr'>;

/** tmux, or tmate, which is a tmux that talks to a server. */
export interface Multiplexer {
  readonly program: string;
  readonly socket: string;
  /** Runs one command of it. */
  ask(args: readonly string[], options?: AskOptions): Promise<Answer>;
  /**
   * Runs one command of it that has to succeed.
   *
   * @returns what it printed, trimmed
   * @throws SnoopError `multiplexer_failed`, with its own words
   */
  tell(args: readonly string[], options?: AskOptions): Promise<string>;
}

export interface AskOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** An answer comes within milliseconds; a server that was stopped (SIGSTOP) never gives one. */
const answerMs = 5_000;

/** Of a word that ends with a semicolon tmux makes the end of a command (see "Command parsing" in tmux(1)). */
function escapeEnd(word: string): string {
  return word.replace(/;$/, '\\;');
}

/**
 * A folder for `-c`. tmux reads it as a format, in which `#S` is the session's name and `#(…)` a program to run.
 * Source: tmux(1), FORMATS.
 */
export function escapeFormat(folder: string): string {
  return folder.replaceAll('#', '##');
}

/** @param env for the programs of the session, when it is this call that starts the server */
export function createMultiplexer(program: string, socket: string, cwd: string, env: Variables): Multiplexer {
  // In a group of its own: the server outlives the terminal and the `kubectl exec` that it is started from.
  const ask = (args: readonly string[], { timeoutMs = answerMs, signal }: AskOptions = {}): Promise<Answer> =>
    answerOf(args, { cwd, env, timeoutMs, graceMs: 0, ...(signal && { signal }) });
  const answerOf = async (args: readonly string[], options: ProgramOptions): Promise<Answer> => {
    try {
      return await runProgram(program, ['-u', '-S', socket, ...args.map(escapeEnd)], options);
    } catch (cause) {
      if (options.signal?.aborted) return { exitCode: null, stdout: '', stderr: '' };
      throw new SnoopError('multiplexer_failed', `${program} could not be run: ${toError(cause).message}`, { cause });
    }
  };
  return {
    program,
    socket,
    ask,
    async tell(args, options = {}) {
      const { exitCode, stdout, stderr } = await ask(args, options);
      if (exitCode === 0) return stdout.trim();
      options.signal?.throwIfAborted();
      const words = stderr.trim() || (exitCode === null ? 'it gave no answer' : `it ended with ${exitCode}`);
      throw new SnoopError('multiplexer_failed', `${program} could not do '${args[0]}': ${words}.`);
    },
  };
}

/**
 * Where tmux or tmate is.
 *
 * @throws SnoopError `no_multiplexer`, with the ways out
 */
export function findMultiplexerProgram(kind: SessionKind, path: readonly string[]): string {
  const name = kind === 'tmate' ? 'tmate' : 'tmux';
  const found = findProgram(name, path);
  if (found !== null) return found;
  const install = `Install it (Debian: apt-get install ${name}), or run 'snoop pair' in the workbench's container, which has it.`;
  const isTmuxThere = kind === 'tmate' && findProgram('tmux', path) !== null;
  throw new SnoopError('no_multiplexer', `There is no ${name} on the PATH.`, {
    advice: [install, ...(isTmuxThere ? ["For people who can both log in here: 'snoop pair --local'."] : [])],
  });
}
