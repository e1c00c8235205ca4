import { Writable } from 'node:stream';
import { parseCommand } from '@snoop/snoopdb/command-line';
import { onTestFinished } from 'vitest';
import type { Command } from '../../src/command-line/command.ts';
import { readEnvironment } from '../../src/environment.ts';
import { createProgress } from '../../src/progress.ts';
import { makeFolder } from './folder.ts';

/** A command that runs until it is ended. */
export interface RunningCommand {
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Like Ctrl-C. */
  end(): Promise<number>;
  readonly ended: Promise<number>;
}

export interface StartOptions {
  /** Columns of a terminal on stdout. */
  readonly columns?: number;
  /** The state folder (default: an empty one). */
  readonly state?: string;
  /** Receives stdout, which is then not kept. */
  readonly stdout?: Writable;
}

/** Starts a command without a process; it ends with the test. */
export async function startCommand(
  command: Command,
  args: readonly string[],
  { columns, state, stdout }: StartOptions = {},
): Promise<RunningCommand> {
  const texts = { out: '', err: '' };
  const collect = (to: 'out' | 'err'): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        texts[to] += chunk.toString();
        done();
      },
    });
  const out = Object.assign(stdout ?? collect('out'), columns === undefined ? {} : { isTTY: true, columns });
  const err = collect('err');
  const cwd = await makeFolder();
  const abort = new AbortController();
  const asked = parseCommand(command, [...args, '--state', state ?? cwd]);
  if (typeof asked === 'string') throw new Error('A page was asked for.');
  const ended = asked({
    environment: readEnvironment({ NO_COLOR: '1' }),
    progress: createProgress(err, false),
    stdout: out,
    stderr: err,
    argv: args,
    cwd,
    signal: abort.signal,
  });
  const end = (): Promise<number> => {
    abort.abort();
    return ended;
  };
  // Only a test that awaits it sees its failure.
  onTestFinished(async () => void (await end().catch(() => {})));
  return { stdout: () => texts.out, stderr: () => texts.err, end, ended };
}
