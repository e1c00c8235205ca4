import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { findInputs, type LoadInput } from '../../src/index.ts';

/** An input that a program pipes in piece by piece. */
export async function pipeInput(
  pieces: Iterable<string | Buffer> | AsyncIterable<string | Buffer>,
): Promise<LoadInput> {
  const stdin = Readable.from(pieces, { objectMode: true });
  const [input] = await findInputs('-', { cwd: '/', stdin });
  if (!input) throw new Error('Standard input is one input.');
  return input;
}

/** A folder of files for one test file. */
export interface LogFolder {
  path: string;
  /** Writes a file and returns it as an input. */
  write(name: string, content: string | Buffer): Promise<LoadInput>;
  remove(): Promise<void>;
}

export async function createLogFolder(): Promise<LogFolder> {
  const path = await mkdtemp(join(tmpdir(), 'snoop-logs-'));
  return {
    path,
    async write(name, content) {
      await writeFile(join(path, name), content);
      const [input] = await findInputs(name, { cwd: path, stdin: process.stdin });
      if (!input) throw new Error(`${name} was written and is not found.`);
      return input;
    },
    remove: () => rm(path, { recursive: true }),
  };
}
