import { Writable } from 'node:stream';
import { parseCommand } from '@snoop/snoopdb/command-line';
import type { Command } from '../../src/command-line/command.ts';
import { readEnvironment } from '../../src/environment.ts';
import { createProgress } from '../../src/progress.ts';
import { makeFolder } from './folder.ts';

/** The output of a command. */
export interface Said {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

class Sink extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Runs a command in a folder, without a process, and throws its errors. */
export async function runCommand(
  command: Command,
  cwd: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Said> {
  const stdout = new Sink();
  const stderr = new Sink();
  const asked = parseCommand(command, args);
  if (typeof asked === 'string') return { exitCode: 0, stdout: asked, stderr: '' };
  const exitCode = await asked({
    environment: readEnvironment(env),
    progress: createProgress(stderr, false),
    stdout,
    stderr,
    argv: args,
    cwd,
    signal: new AbortController().signal,
  });
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

/** Runs a command on a database, in a new state folder. */
export async function ask(command: Command, url: string, ...args: string[]): Promise<Said> {
  const cwd = await makeFolder();
  return runCommand(command, cwd, [...args, '--database-url', url, '--state', cwd]);
}
