import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRegularFile, toError } from '@snoop/snoopdb';
import { createDoubt, type KeptAnswer, shortenAnswer } from './kept-answer.ts';

const program = fileURLToPath(new URL('../../../bin/snoop.js', import.meta.url));
/** Thousands of endpoints have a few megabytes. */
const maxAnswerBytes = 64 << 20;
const maxErrorCharacters = 4096;
/** A gate that does not end after SIGTERM is killed. */
const defaultEndsWithinMs = 10_000;

/** Makes a kept answer from the one before. */
export type CreateAnswer = (before: KeptAnswer | null) => KeptAnswer;

/**
 * Runs `snoop gate` as a process, so that its end by a signal or a lack of memory is an answer, too: `cannot tell`.
 *
 * @param flags of `snoop gate`
 * @param print gets what it prints
 * @throws the signal's reason when that is aborted
 */
export async function runGate(
  flags: readonly string[],
  options: {
    readonly cwd: string;
    readonly environment: Readonly<Record<string, string | undefined>>;
    readonly signal: AbortSignal;
    readonly now: () => Date;
    readonly print: (text: Buffer) => void;
    /** Default: the program of this package. */
    readonly program?: string;
    /** How long an aborted gate may take to end. Default: 10 s. */
    readonly endsWithinMs?: number;
  },
): Promise<CreateAnswer> {
  const folder = await mkdtemp(join(tmpdir(), 'snoop-gate-'));
  try {
    const file = join(folder, 'answer.json');
    const args = [options.program ?? program, 'gate', ...flags, '--output', `json=${file}`];
    const { end, errorText } = await runToEnd(args, options);
    options.signal.throwIfAborted();
    const answeredAt = options.now().toISOString();
    const answer = await readAnswer(file, end, errorText);
    if ('doubt' in answer) return (before) => createDoubt(answer.doubt, answeredAt, before);
    return (before) => shortenAnswer(answer.value, answeredAt, before);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type End = { readonly exitCode: number | null; readonly signal: string | null };

function runToEnd(
  args: readonly string[],
  { cwd, environment, signal, print, endsWithinMs = defaultEndsWithinMs }: Parameters<typeof runGate>[1],
): Promise<{ readonly end: End; readonly errorText: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let killing: NodeJS.Timeout | undefined;
    const stop = (): void => {
      child.kill('SIGTERM');
      killing = setTimeout(() => child.kill('SIGKILL'), endsWithinMs);
    };
    signal.addEventListener('abort', stop, { once: true });
    // It may have been aborted before there was a listener.
    if (signal.aborted) stop();
    let errorText = '';
    child.stdout.on('data', print);
    child.stderr.on('data', (text: Buffer) => {
      print(text);
      errorText = (errorText + text.toString()).slice(-maxErrorCharacters);
    });
    child.once('error', reject);
    child.once('close', (exitCode, ended) => {
      signal.removeEventListener('abort', stop);
      clearTimeout(killing);
      resolve({ end: { exitCode, signal: ended }, errorText });
    });
  });
}

/** An answer that contradicts the exit code counts as none: one of the two is wrong. */
async function readAnswer(
  file: string,
  { exitCode, signal }: End,
  errorText: string,
): Promise<{ readonly value: unknown } | { readonly doubt: string }> {
  const ended = signal === null ? `snoop gate ended with exit code ${exitCode}` : `snoop gate was ended by ${signal}`;
  const reason = errorText.trim() === '' ? '' : `: ${errorText.trim()}`;
  const found = await stat(file).catch(() => null);
  if (found === null) return { doubt: `${ended} and wrote no answer${reason}` };
  if (found.size > maxAnswerBytes) return { doubt: `${ended} and wrote an answer of ${found.size} bytes.` };
  try {
    const value: unknown = JSON.parse(readRegularFile(file));
    shortenAnswer(value, '', null);
    if ((value as { exitCode: unknown }).exitCode === exitCode) return { value };
    return { doubt: `${ended}, which contradicts its answer${reason}` };
  } catch (error) {
    return { doubt: `${ended}: ${toError(error).message}` };
  }
}
