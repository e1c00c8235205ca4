import { spawn } from 'node:child_process';
import { SnoopError } from '../errors.ts';
import { findProgram } from '../find-program.ts';
import type { SessionKind } from './place.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** How a call of tmux or tmate ended. */
export interface Answer {
  /** null: it was ended by a signal, because it took too long for example. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

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
  const ask = (args: readonly string[], { timeoutMs = answerMs, signal }: AskOptions = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      // In a session of its own: the server outlives the terminal and the `kubectl exec` that it is started from.
      const child = spawn(program, ['-u', '-S', socket, ...args.map(escapeEnd)], {
        cwd,
        env,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let [stdout, stderr] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      const stop = (): void => void child.kill('SIGKILL');
      const timer = setTimeout(stop, timeoutMs);
      signal?.addEventListener('abort', stop, { once: true });
      if (signal?.aborted === true) stop();
      const finish = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', stop);
      };
      child.once('error', (error) => {
        finish();
        reject(
          new SnoopError('multiplexer_failed', `${program} could not be run: ${error.message}.`, { cause: error }),
        );
      });
      child.once('exit', (exitCode) => {
        if (exitCode !== null) return;
        // A client hands its pipes on to the server: one that hangs keeps them open.
        for (const stream of [child.stdout, child.stderr]) stream.destroy();
      });
      child.once('close', (exitCode) => {
        finish();
        resolve({ exitCode, stdout, stderr });
      });
    });
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
