import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { identifyProcess } from '@snoop/snoopdb';
import type { ProcessIdentity } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { explainFullDisk } from './full-disk.ts';

export interface ProgramOptions {
  /** The environment it runs in; its PATH says where the program is. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Ends it, with everything that it started; then the signal's reason is thrown. */
  readonly signal?: AbortSignal;
  /** Ends it likewise, in milliseconds; then its exit code is null. */
  readonly timeoutMs?: number;
  /** Each line of stderr, as it comes. */
  readonly onLine?: (line: string) => void;
  /** Called at once after the start. */
  readonly onStart?: (identity: ProcessIdentity) => void;
}

/** How a program ended, and what it said. */
export interface Outcome {
  /** null: it was ended, by us when it took too long. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that was asked for and is not on the PATH. */
export class ProgramMissing extends Error {}

/** SIGTERM first; a program that does not listen is killed after this. */
const graceMs = 5_000;

/**
 * Runs a program to its end.
 *
 * @throws ProgramMissing when there is none of that name; the signal's reason
 */
export async function runProgram(program: string, args: readonly string[], options: ProgramOptions): Promise<Outcome> {
  const { env, cwd, signal, timeoutMs, onLine, onStart } = options;
  signal?.throwIfAborted();
  // In a group of its own: the terminal's Ctrl-C reaches us alone, and what it starts can be ended with it.
  const child = spawn(program, [...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...(cwd === undefined ? {} : { cwd }),
  });
  const identity = child.pid === undefined ? null : identifyProcess(child.pid);
  if (identity) onStart?.(identity);
  const end = (killSignal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, killSignal);
    } catch {
      // It has ended already.
    }
  };
  let grace: NodeJS.Timeout | undefined;
  const stop = (): void => {
    end('SIGTERM');
    grace = setTimeout(() => end('SIGKILL'), graceMs);
  };
  const patience = timeoutMs === undefined ? undefined : setTimeout(stop, timeoutMs);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      stderr += `${line}\n`;
      onLine?.(line);
    });
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (error) => {
        const missing = 'code' in error && error.code === 'ENOENT';
        reject(missing ? new ProgramMissing(`There is no ${program} on the PATH.`, { cause: error }) : error);
      });
      child.once('close', (code) => resolve(code));
    });
    signal?.throwIfAborted();
    return { exitCode, stdout, stderr };
  } finally {
    clearTimeout(patience);
    clearTimeout(grace);
    signal?.removeEventListener('abort', stop);
  }
}

const quotedLines = 6;

/** The error of a program that did not do what it was asked to: its own last words, or that a disk is full. */
export function explainOutcome(code: string, message: string, { exitCode, stdout, stderr }: Outcome): SnoopError {
  const said = `${stdout}\n${stderr}`;
  const full = explainFullDisk(said);
  if (full) return full;
  const lines = said.split('\n').flatMap((line) => (line.trim() === '' ? [] : [`| ${line.trimEnd().slice(0, 400)}`]));
  const how = exitCode === null ? ['It was ended before it was done.'] : [];
  return new SnoopError(code, message, { advice: [...lines.slice(-quotedLines), ...how] });
}
