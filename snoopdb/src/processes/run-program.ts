import { createInterface } from 'node:readline';
import type { Options } from 'execa';
import { isSystemError, toError } from '../errors.ts';
import { identifyProcess, type ProcessIdentity } from './process-identity.ts';

export interface ProgramOptions {
  /** The environment it runs in, all of it; its PATH says where the program is. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Text for standard input, which is empty without it. */
  readonly input?: string;
  /** The system user that it runs as. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /**
   * Whether it gets a process group of its own: the terminal's Ctrl-C does not reach it, and what it starts can be ended
   * with it. It does unless this is false.
   */
  readonly ownGroup?: boolean;
  /** Ends it, with its group; then the signal's reason is thrown. */
  readonly signal?: AbortSignal;
  /** Ends it likewise, in milliseconds; then its exit code is null. */
  readonly timeoutMs?: number;
  /** Between SIGTERM and SIGKILL for a program that has to end, in milliseconds; 5,000 by default, 0: SIGKILL at once. */
  readonly graceMs?: number;
  /** Each line of stderr, as it comes. */
  readonly onLine?: (line: string) => void;
  /** Called at once after the start. */
  readonly onStart?: (identity: ProcessIdentity) => void;
}

/** How a program ended, and what it said. */
export interface ProgramResult {
  /** null: a signal ended it, ours when it took too long. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both as they came, as a person would have seen them. */
  readonly output: string;
}

/** A program that was asked for and is not on the PATH. */
export class ProgramNotFoundError extends Error {}

/** A longer output is cut here, and the program ended. */
const maxOutputBytes = 64 * 1024 * 1024;

/**
 * Runs a program to its end, whatever its exit code.
 *
 * @throws ProgramNotFoundError when there is none of that name; the system's error when it cannot be started; the signal's
 *   reason
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<ProgramResult> {
  const { env, cwd, input, user, signal, timeoutMs, graceMs = 5_000, ownGroup = true, onLine, onStart } = options;
  signal?.throwIfAborted();
  // Of all commands, few run a program: the others need not wait for the package to be loaded.
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
      // It has ended already.
      if (!isSystemError(error, 'ESRCH')) throw error;
    }
  };
  let grace: NodeJS.Timeout | undefined;
  const stop = (): void => {
    if (graceMs > 0) end('SIGTERM');
    grace ??= setTimeout(() => {
      end('SIGKILL');
      // What left the group, as a server does, may keep the pipes open for good.
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
  if (code === 'ENOENT') return new ProgramNotFoundError(`There is no ${program} on the PATH.`, { cause });
  return toError(cause);
}

/**
 * What a program that has to succeed prints on stdout.
 *
 * @throws Error with the exit code and the last lines of stderr; otherwise as {@link runProgram}
 */
export async function readProgramOutput(
  program: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram(program, args, options);
  if (exitCode === 0) return stdout;
  const how = exitCode === null ? 'was ended' : `ended with ${exitCode}`;
  const said = stderr.trim().split('\n').slice(-5).join('\n');
  throw new Error(`'${[program, ...args].join(' ')}' ${how}${said && `: ${said}`}`);
}

/**
 * Hands the terminal over to a program until it ends.
 *
 * @param options.signal ends it
 * @returns its exit code; null when a signal ended it
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
