import { command as sink } from '../../src/cli/sink.ts';
import { runCommand } from './ask.ts';
import type { Said } from './ask.ts';

/** Runs `snoop sink …` in a folder, without a process, and throws its errors. */
export function snoopSink(cwd: string, ...args: string[]): Promise<Said> {
  return runCommand(sink, cwd, args);
}
