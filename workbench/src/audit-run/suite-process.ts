import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { finished } from 'node:stream/promises';
import { isSystemError } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { pause } from '../pause.ts';
import { replaceListeners } from '../proxy/run-client.ts';

export interface SuiteEnd {
  /** As a shell reports it: 128 + n after a signal. */
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | null;
  /** Whether this process was told to end meanwhile. */
  readonly interrupted: boolean;
  /** Why the logs cannot be written; null: they can. */
  readonly logProblem: string | null;
  /** What else is odd, as sentences. */
  readonly notes: readonly string[];
}

export interface SuiteOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Called with the leader of its process group. */
  readonly onStart?: (pid: number) => void;
  /** Where its output is kept. */
  readonly logs: { readonly stdout: string; readonly stderr: string };
  /** Of each log; what follows is only passed on. Default: 256 MiB. */
  readonly maxLogBytes?: number;
}

/** Between SIGTERM and SIGKILL for what the suite left running. */
const graceMs = 5_000;
const pollMs = 50;
/** A process that left the group may keep the pipes open. */
const drainMs = 2_000;
/** A suite may print without end. */
const defaultMaxLogBytes = 256 << 20;

/**
 * Runs the suite in a process group of its own, passes its output on and keeps it. The first signal goes to the group,
 * the second kills it. What the suite leaves running in its group is ended.
 *
 * @throws SnoopError `no_program` if it cannot be started; what `onStart` throws, which ends the suite
 */
export async function runSuite([program = '', ...args]: readonly string[], options: SuiteOptions): Promise<SuiteEnd> {
  const { cwd, env, logs } = options;
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  if (child.pid !== undefined) noteStart(child.pid, options.onStart);
  const problems: string[] = [];
  const notes: string[] = [];
  const limit = { maxBytes: options.maxLogBytes ?? defaultMaxLogBytes, problems, notes };
  const copies = [
    copyOutput(child.stdout, options.stdout, logs.stdout, limit),
    copyOutput(child.stderr, options.stderr, logs.stderr, limit),
  ];
  let signals = 0;
  const restore = replaceListeners((signal) => {
    signals += 1;
    if (child.pid !== undefined) signalGroup(child.pid, signals > 1 ? 'SIGKILL' : signal);
  });
  try {
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (...ended) => resolve(ended));
    });
    if (child.pid !== undefined) await endGroup(child.pid);
    const open = setTimeout(() => {
      notes.push(
        'A process that the suite left running holds its output, which is kept only up to the end of the suite.',
      );
      child.stdout.destroy();
      child.stderr.destroy();
    }, drainMs);
    await Promise.all(copies);
    clearTimeout(open);
    return {
      exitCode: signal === null ? (code ?? 0) : 128 + constants.signals[signal],
      signal,
      interrupted: signals > 0,
      logProblem: problems[0] ?? null,
      notes,
    };
  } catch (cause) {
    const why = isSystemError(cause, 'ENOENT') ? 'it does not exist, or is not in PATH' : String(cause);
    throw new SnoopError('no_program', `The program '${program}' cannot be started: ${why}.`, { cause, exitCode: 2 });
  } finally {
    restore();
  }
}

function noteStart(pid: number, onStart: (pid: number) => void = () => {}): void {
  try {
    onStart(pid);
  } catch (error) {
    signalGroup(pid, 'SIGKILL');
    throw error;
  }
}

interface LogLimit {
  readonly maxBytes: number;
  readonly problems: string[];
  readonly notes: string[];
}

/** Copies a stream to a terminal and a file. A file that cannot be written does not stop the suite. */
async function copyOutput(
  from: NodeJS.ReadableStream,
  to: NodeJS.WritableStream,
  file: string,
  { maxBytes, problems, notes }: LogLimit,
): Promise<void> {
  const log = createWriteStream(file);
  log.on('error', (error) => void problems.push(`The suite's output is not kept whole: ${error.message}.`));
  let left = maxBytes;
  try {
    for await (const piece of from) {
      const kept = Buffer.from(piece).subarray(0, left);
      if (kept.length < piece.length && left > 0) notes.push(describeLimit(file, maxBytes));
      left -= kept.length;
      await Promise.all([write(to, piece), ...(kept.length === 0 ? [] : [write(log, kept)])]);
    }
  } catch {
    // Its pipe was closed above.
  }
  log.end();
  await finished(log).catch(() => {});
}

function describeLimit(file: string, maxBytes: number): string {
  return `The suite printed more than ${maxBytes.toLocaleString('en-US')} bytes; ${basename(file)} has only these.`;
}

/** Resolves when the stream has taken the bytes, or failed. */
function write(stream: NodeJS.WritableStream, piece: Buffer | string): Promise<void> {
  return new Promise((resolve) => {
    stream.write(piece, () => resolve());
  });
}

/** @returns false: nothing is left, or only processes of another user, as after sudo */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    if (isSystemError(error, 'ESRCH') || isSystemError(error, 'EPERM')) return false;
    throw error;
  }
}

async function endGroup(pid: number): Promise<void> {
  if (!signalGroup(pid, 0)) return;
  signalGroup(pid, 'SIGTERM');
  const never = new AbortController().signal;
  const until = performance.now() + graceMs;
  while (signalGroup(pid, 0)) {
    if (performance.now() > until) {
      signalGroup(pid, 'SIGKILL');
      return;
    }
    await pause(pollMs, never);
  }
}
