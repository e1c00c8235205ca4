import { Writable } from 'node:stream';
import type { Command } from '../../src/command-line/command.ts';
import { readEnvironment } from '../../src/environment.ts';
import { createProgress } from '../../src/progress.ts';
import { makeFolder } from './folder.ts';

/** What a command said. */
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

/** Runs a command in a folder, without a process. Its errors are thrown. */
export async function runCommand(
  command: Pick<Command, 'run'>,
  cwd: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Said> {
  const stdout = new Sink();
  const stderr = new Sink();
  const exitCode = await command.run(args, {
    environment: readEnvironment(env),
    progress: createProgress(stderr, false),
    stdout,
    stderr,
    cwd,
    signal: new AbortController().signal,
  });
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

/** The same on a database, in a state folder of its own. */
export async function ask(command: Command, url: string, ...args: string[]): Promise<Said> {
  const cwd = await makeFolder();
  return runCommand(command, cwd, [...args, '--database-url', url, '--state', cwd]);
}
