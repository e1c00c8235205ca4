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
const maxHeardBytes = 4096;

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
  },
): Promise<CreateAnswer> {
  const folder = await mkdtemp(join(tmpdir(), 'snoop-gate-'));
  try {
    const file = join(folder, 'answer.json');
    const args = [options.program ?? program, 'gate', ...flags, '--output', `json=${file}`];
    const { end, heard } = await runToEnd(args, options);
    options.signal.throwIfAborted();
    const answeredAt = options.now().toISOString();
    const answer = await readAnswer(file, end, heard);
    if ('doubt' in answer) return (before) => createDoubt(answer.doubt, answeredAt, before);
    return (before) => shortenAnswer(answer.value, answeredAt, before);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type End = { readonly exitCode: number | null; readonly signal: string | null };

function runToEnd(
  args: readonly string[],
  { cwd, environment, signal, print }: Parameters<typeof runGate>[1],
): Promise<{ readonly end: End; readonly heard: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    const stop = (): void => void child.kill('SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    // It may have been aborted before there was a listener.
    if (signal.aborted) stop();
    let heard = '';
    child.stdout.on('data', print);
    child.stderr.on('data', (text: Buffer) => {
      print(text);
      heard = (heard + text.toString()).slice(-maxHeardBytes);
    });
    child.once('error', reject);
    child.once('close', (exitCode, ended) => {
      signal.removeEventListener('abort', stop);
      resolve({ end: { exitCode, signal: ended }, heard });
    });
  });
}

/** An answer that contradicts the exit code counts as none: one of the two is wrong. */
async function readAnswer(
  file: string,
  { exitCode, signal }: End,
  heard: string,
): Promise<{ readonly value: unknown } | { readonly doubt: string }> {
  const ended = signal === null ? `snoop gate ended with exit code ${exitCode}` : `snoop gate was ended by ${signal}`;
  const said = heard.trim() === '' ? '' : `: ${heard.trim()}`;
  const found = await stat(file).catch(() => null);
  if (found === null) return { doubt: `${ended} and wrote no answer${said}` };
  if (found.size > maxAnswerBytes) return { doubt: `${ended} and wrote an answer of ${found.size} bytes.` };
  try {
    const value: unknown = JSON.parse(readRegularFile(file));
    shortenAnswer(value, '', null);
    if ((value as { exitCode: unknown }).exitCode === exitCode) return { value };
    return { doubt: `${ended}, which contradicts its answer${said}` };
  } catch (error) {
    return { doubt: `${ended}: ${toError(error).message}` };
  }
}
