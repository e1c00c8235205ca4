import { Writable } from 'node:stream';
import * as sink from '../../src/cli/sink.ts';
import { readEnvironment } from '../../src/environment.ts';
import { createProgress } from '../../src/progress.ts';

class Collected extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Runs `snoop sink …` in a folder, without a process. Its errors are thrown. */
export async function snoopSink(cwd: string, ...args: string[]) {
  const stdout = new Collected();
  const stderr = new Collected();
  const exitCode = await sink.run(args, {
    environment: readEnvironment({}),
    progress: createProgress(stderr, false),
    stdout,
    stderr,
    cwd,
    signal: new AbortController().signal,
  });
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}
