import { type ProgramResult, type ProgramOptions, runProgram, toError } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { findProgram } from '../find-program.ts';
import type { SessionKind } from './place.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

export type CommandResult = Pick<ProgramResult, 'exitCode' | 'stdout' | 'stderr'>;

/** tmux, or tmate, a tmux that connects to a server. */
export interface Multiplexer {
  readonly program: string;
  readonly socket: string;
  /** Runs a command. */
  tryRun(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /**
   * Runs a command that must succeed.
   *
   * @returns its output, trimmed
   * @throws SnoopError `multiplexer_failed`, with its error message
   */
  run(args: readonly string[], options?: CommandOptions): Promise<string>;
}

export interface CommandOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** It answers within milliseconds; a stopped server (SIGSTOP) never does. */
const answerMs = 5_000;

/** To tmux, a semicolon at the end of a word ends a command. Source: tmux(1), COMMAND PARSING AND EXECUTION. */
function escapeEnd(word: string): string {
  return word.replace(/;$/, '\\;');
}

/**
 * Escapes a folder for `-c`, which is a format: `#S` is the session's name, and `#(…)` runs a program.
 * Source: tmux(1), FORMATS.
 */
export function escapeFormat(folder: string): string {
  return folder.replaceAll('#', '##');
}

/** @param env for the programs of the session, if a command starts the server */
export function createMultiplexer(program: string, socket: string, cwd: string, env: Variables): Multiplexer {
  // In its own process group: the server outlives the terminal or `kubectl exec` that starts it.
  const tryRun = (
    args: readonly string[],
    { timeoutMs = answerMs, signal }: CommandOptions = {},
  ): Promise<CommandResult> => runWith(args, { cwd, env, timeoutMs, graceMs: 0, ...(signal && { signal }) });
  const runWith = async (args: readonly string[], options: ProgramOptions): Promise<CommandResult> => {
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
    tryRun,
    async run(args, options = {}) {
      const { exitCode, stdout, stderr } = await tryRun(args, options);
      if (exitCode === 0) return stdout.trim();
      options.signal?.throwIfAborted();
      const reason = stderr.trim() || (exitCode === null ? 'no answer' : `exit code ${exitCode}`);
      throw new SnoopError('multiplexer_failed', `${program} failed to run '${args[0]}': ${reason}.`);
    },
  };
}

/** Finds tmux or tmate. @throws SnoopError `no_multiplexer` */
export function findMultiplexerProgram(kind: SessionKind, path: readonly string[]): string {
  const name = kind === 'tmate' ? 'tmate' : 'tmux';
  const found = findProgram(name, path);
  if (found !== null) return found;
  const install = `Install it (Debian: apt-get install ${name}), or run 'snoop pair' in the workbench's container, which has it.`;
  const hasTmux = kind === 'tmate' && findProgram('tmux', path) !== null;
  throw new SnoopError('no_multiplexer', `There is no ${name} on the PATH.`, {
    advice: [install, ...(hasTmux ? ["If both of you can log in here: 'snoop pair --local'."] : [])],
  });
}
