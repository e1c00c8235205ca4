import { createInterface } from 'node:readline';
import type { Options } from 'execa';
import { isSystemError, toError } from '../errors.ts';
import { identifyProcess, type ProcessIdentity } from './process-identity.ts';

export interface ProgramOptions {
  /** The whole environment of the program; it is looked up in its PATH. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Text for standard input; empty by default. */
  readonly input?: string;
  /** The system user to run as. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /**
   * Whether it gets its own process group (default true): Ctrl-C in the terminal does not reach it, and its child processes
   * can be ended with it.
   */
  readonly ownGroup?: boolean;
  /** Ends the program and its group; the signal's reason is thrown. */
  readonly signal?: AbortSignal;
  /** Ends the program and its group after this time; its exit code is then null. */
  readonly timeoutMs?: number;
  /** Time between SIGTERM and SIGKILL in milliseconds; default 5,000; 0: SIGKILL at once. */
  readonly graceMs?: number;
  /** Called for each line of stderr. */
  readonly onLine?: (line: string) => void;
  /** Called right after the start. */
  readonly onStart?: (identity: ProcessIdentity) => void;
}

/** Exit code and output of a program. */
export interface ProgramResult {
  /** null: ended by a signal, such as that of a timeout. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, interleaved as in a terminal. */
  readonly output: string;
}

/** The program is not on the PATH. */
export class ProgramNotFoundError extends Error {}

/** Longer output is truncated, and the program is ended. */
const maxOutputBytes = 64 * 1024 * 1024;

/**
 * Runs a program until it ends, with any exit code.
 *
 * @throws ProgramNotFoundError; the system's error if it cannot be started; the signal's reason
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<ProgramResult> {
  const { env, cwd, input, user, signal, timeoutMs, graceMs = 5_000, ownGroup = true, onLine, onStart } = options;
  signal?.throwIfAborted();
  // Imported here because few commands run a program.
  const { execa } = await import('execa');
  const settings = {
    env,
    extendEnv: false,
    ...(cwd !== undefined && { cwd }),
    ...(user !== undefined && { uid: user.uid, gid: user.gid }),
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
    detached: ownGroup,
    all: true,
    reject: false,
    stripFinalNewline: false,
    maxBuffer: maxOutputBytes,
  } as const satisfies Options;
  const child = execa(program, args, settings);
  const identity = child.pid === undefined ? null : identifyProcess(child.pid);
  if (identity) onStart?.(identity);
  if (onLine) createInterface({ input: child.stderr }).on('line', onLine);
  const end = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(ownGroup ? -child.pid : child.pid, name);
    } catch (error) {
      // It has already ended.
      if (!isSystemError(error, 'ESRCH')) throw error;
    }
  };
  let grace: NodeJS.Timeout | undefined;
  const stop = (): void => {
    if (graceMs > 0) end('SIGTERM');
    grace ??= setTimeout(() => {
      end('SIGKILL');
      // A process that left the group, as servers do, may keep the pipes open forever.
      for (const stream of [child.stdout, child.stderr, child.all]) stream.destroy();
    }, graceMs);
  };
  const timer = timeoutMs === undefined ? undefined : setTimeout(stop, timeoutMs);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  try {
    const ended = await child;
    signal?.throwIfAborted();
    if (ended.exitCode === undefined && ended.signal === undefined) throw createStartError(program, ended);
    const { exitCode = null, stdout = '', stderr = '', all: output = '' } = ended;
    return { exitCode, stdout, stderr, output };
  } finally {
    clearTimeout(timer);
    clearTimeout(grace);
    signal?.removeEventListener('abort', stop);
  }
}

function createStartError(program: string, { cause, code }: { cause?: unknown; code?: string | undefined }): Error {
  if (code === 'ENOENT') return new ProgramNotFoundError(`${program} is not on the PATH.`, { cause });
  return toError(cause);
}

/**
 * Runs a program and returns its stdout.
 *
 * @throws Error with the exit code and the last lines of stderr if it fails; otherwise as {@link runProgram}
 */
export async function readProgramOutput(
  program: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram(program, args, options);
  if (exitCode === 0) return stdout;
  const how = exitCode === null ? 'was ended' : `ended with ${exitCode}`;
  const lastLines = stderr.trim().split('\n').slice(-5).join('\n');
  throw new Error(`'${[program, ...args].join(' ')}' ${how}${lastLines && `: ${lastLines}`}`);
}

/**
 * Runs a program with this process's terminal.
 *
 * @param options.signal ends it
 * @returns its exit code; null: ended by a signal
 * @throws as {@link runProgram}, but never the signal's reason
 */
export async function runInTerminal(
  program: string,
  args: readonly string[],
  { env, cwd, signal }: Pick<ProgramOptions, 'env' | 'cwd' | 'signal'>,
): Promise<number | null> {
  const { execa } = await import('execa');
  const ended = await execa(program, args, {
    env,
    extendEnv: false,
    ...(cwd !== undefined && { cwd }),
    ...(signal !== undefined && { cancelSignal: signal }),
    stdio: 'inherit',
    reject: false,
    cleanup: false,
    forceKillAfterDelay: false,
  });
  const isStarted = ended.exitCode !== undefined || ended.signal !== undefined || signal?.aborted === true;
  if (!isStarted) throw createStartError(program, ended);
  return ended.exitCode ?? null;
}
