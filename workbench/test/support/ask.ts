import { Writable } from 'node:stream';
import type { Command } from '../../src/cli/main.ts';
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

/** Runs a command without a process, on a database, in a state folder of its own. Its errors are thrown. */
export async function ask(command: Command, url: string, ...args: string[]): Promise<Said> {
  const stdout = new Sink();
  const stderr = new Sink();
  const cwd = await makeFolder();
  const exitCode = await command.run([...args, '--database-url', url, '--state', cwd], {
    environment: readEnvironment({}),
    progress: createProgress(stderr, false),
    stdout,
    stderr,
    cwd,
    signal: new AbortController().signal,
  });
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}
